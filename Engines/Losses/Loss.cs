using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// What training makes small. A loss gives each row of predictions (a sample, or for outputs of more than one axis each place along the last one) a value, in nats
/// where it is an entropy; the loss of a batch is the mean over its rows, each times its sample's weight (Keras's <c>sum_over_batch_size</c>).
/// </summary>
public abstract class Loss
{
    /// <summary>What Keras clips probabilities by, so that no logarithm is infinite.</summary>
    protected const float Epsilon = 1e-7f;

    /// <summary>Keras's name, e.g. <c>binary_crossentropy</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The last activation whose input this loss can be computed from, which is more accurate than from its output; null for none.</summary>
    public virtual ActivationFunction? Activation => null;

    /// <summary>The shape of one sample's target for an output of a shape: the same, but for targets that are class numbers.</summary>
    public virtual TensorShape TargetShape(TensorShape outputShape) => outputShape;

    /// <summary>Computes the rows' losses and their derivatives.</summary>
    /// <param name="rows">Targets and predictions, and where the results go.</param>
    public abstract void Compute(in LossRows rows);

    /// <summary>The loss of a Keras name.</summary>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static Loss Get(string name) => NameLookup.Find(ByName, name, "loss")();

    /// <summary>Every known name.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    private static readonly Dictionary<string, Func<Loss>> ByName = new(StringComparer.Ordinal)
    {
        ["binary_crossentropy"] = static () => new BinaryCrossentropy(),
        ["categorical_crossentropy"] = static () => new CategoricalCrossentropy(),
        ["sparse_categorical_crossentropy"] = static () => new SparseCategoricalCrossentropy(),
        ["mean_squared_error"] = static () => new MeanSquaredError(),
        ["mse"] = static () => new MeanSquaredError(),
    };
}

/// <summary>A batch as a loss sees it: rows of values.</summary>
public readonly ref struct LossRows
{
    /// <summary>The number of rows.</summary>
    public required int Count { get; init; }

    /// <summary>The values in a row of predictions.</summary>
    public required int Width { get; init; }

    /// <summary>The targets: as wide as the predictions, or class numbers, one a row.</summary>
    public required ReadOnlySpan<float> Targets { get; init; }

    /// <summary>The predictions; where <see cref="FromLogits"/>, the inputs of the last activation instead of its outputs.</summary>
    public required ReadOnlySpan<float> Predictions { get; init; }

    /// <summary>Whether the predictions are inputs of <see cref="Loss.Activation"/>.</summary>
    public required bool FromLogits { get; init; }

    /// <summary>Where each row's loss goes.</summary>
    public required Span<float> Losses { get; init; }

    /// <summary>Where each row's loss's derivative with respect to its predictions goes; empty where it is not wanted.</summary>
    public required Span<float> Gradients { get; init; }

    /// <summary>The predictions of one row.</summary>
    public ReadOnlySpan<float> Prediction(int row) => Predictions.Slice(row * Width, Width);

    /// <summary>The gradient of one row, or an empty span.</summary>
    public Span<float> Gradient(int row) => Gradients.IsEmpty ? [] : Gradients.Slice(row * Width, Width);
}
