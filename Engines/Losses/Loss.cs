using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// What training makes small. A loss gives each row of predictions (a sample, or for outputs of more than one axis each place along the last one) a value, in nats
/// where it is an entropy; <see cref="Reduction"/> says how the rows become one number.
/// </summary>
/// <remarks>
/// Derive from <see cref="ElementwiseLoss"/> to make another loss out of a function of a target and a prediction, or from this class where a row's values belong together.
/// <see cref="LossGradientCheck"/> checks its derivatives.
/// </remarks>
public abstract class Loss
{
    /// <summary>What Keras clips probabilities by, so that no logarithm is infinite.</summary>
    protected internal const float Epsilon = 1e-7f;

    /// <summary>Keras's name, e.g. <c>binary_crossentropy</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How the rows' losses become the loss of a batch; their sum, each times its sample's weight, divided by their number.</summary>
    public LossReduction Reduction { get; init; } = LossReduction.SumOverBatchSize;

    /// <summary>The last activation whose input this loss can be computed from, which is more accurate than from its output; null for none.</summary>
    public virtual ActivationFunction? Activation => null;

    /// <summary>The shape of one sample's target for an output of a shape: the same, but for targets that are class numbers.</summary>
    public virtual TensorShape TargetShape(TensorShape outputShape) => outputShape;

    /// <summary>Computes the rows' losses and their derivatives.</summary>
    /// <param name="rows">Targets and predictions, and where the results go.</param>
    public abstract void Compute(in LossRows rows);

    /// <summary>The loss of a Keras name.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest.</exception>
    public static Loss Get(string name) => NameLookup.Find(ByName, name, "loss")();

    /// <summary>Every known name.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    private static readonly Dictionary<string, Func<Loss>> ByName = new(StringComparer.Ordinal)
    {
        ["binary_crossentropy"] = static () => new BinaryCrossentropy(),
        ["bce"] = static () => new BinaryCrossentropy(),
        ["binary_focal_crossentropy"] = static () => new BinaryFocalCrossentropy(),
        ["categorical_crossentropy"] = static () => new CategoricalCrossentropy(),
        ["categorical_focal_crossentropy"] = static () => new CategoricalFocalCrossentropy(),
        ["sparse_categorical_crossentropy"] = static () => new SparseCategoricalCrossentropy(),
        ["mean_squared_error"] = static () => new MeanSquaredError(),
        ["mse"] = static () => new MeanSquaredError(),
        ["mean_absolute_error"] = static () => new MeanAbsoluteError(),
        ["mae"] = static () => new MeanAbsoluteError(),
        ["mean_absolute_percentage_error"] = static () => new MeanAbsolutePercentageError(),
        ["mape"] = static () => new MeanAbsolutePercentageError(),
        ["mean_squared_logarithmic_error"] = static () => new MeanSquaredLogarithmicError(),
        ["msle"] = static () => new MeanSquaredLogarithmicError(),
        ["huber"] = static () => new Huber(),
        ["huber_loss"] = static () => new Huber(),
        ["log_cosh"] = static () => new LogCosh(),
        ["logcosh"] = static () => new LogCosh(),
        ["poisson"] = static () => new Poisson(),
        ["kl_divergence"] = static () => new KLDivergence(),
        ["kld"] = static () => new KLDivergence(),
        ["hinge"] = static () => new Hinge(),
        ["squared_hinge"] = static () => new SquaredHinge(),
        ["categorical_hinge"] = static () => new CategoricalHinge(),
        ["cosine_similarity"] = static () => new CosineSimilarity(),
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
    public required Span<double> Losses { get; init; }

    /// <summary>Where each row's loss's derivative with respect to its predictions goes; empty where it is not wanted.</summary>
    public required Span<float> Gradients { get; init; }

    /// <summary>The targets of one row, where they are as wide as the predictions.</summary>
    public ReadOnlySpan<float> Target(int row) => Targets.Slice(row * Width, Width);

    /// <summary>The predictions of one row.</summary>
    public ReadOnlySpan<float> Prediction(int row) => Predictions.Slice(row * Width, Width);

    /// <summary>The gradient of one row, or an empty span.</summary>
    public Span<float> Gradient(int row) => Gradients.IsEmpty ? [] : Gradients.Slice(row * Width, Width);
}
