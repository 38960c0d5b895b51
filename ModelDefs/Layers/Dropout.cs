using System.Globalization;

namespace ConvNets.ModelDefs;

/// <summary>In training, sets a share of the values to 0 and divides the others by what remains (Srivastava et al. 2014). Input of any shape; output the same.</summary>
public sealed class Dropout : RandomLayer
{
    private readonly int?[]? _noiseShape;

    /// <summary>Makes the layer.</summary>
    /// <param name="rate">The share of values that are set to 0.</param>
    /// <param name="noiseShape">The shape of what is drawn, the batch first: along an axis where it is 1, values are dropped together; null stands for the input's own size, and so for each value when all is null.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="name">The layer's name.</param>
    public Dropout(double rate, IReadOnlyList<int?>? noiseShape = null, long? seed = null, string? name = null) : base(seed, name) =>
        (Rate, _noiseShape) = (CheckRate(rate), noiseShape?.ToArray());

    /// <summary>The share of values that are set to 0.</summary>
    public double Rate { get; }

    /// <summary>The shape of what is drawn, the batch first; null where each value is drawn by itself.</summary>
    public IReadOnlyList<int?>? NoiseShape => _noiseShape;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape input = inputShapes[0];
        bool fits = _noiseShape is null || _noiseShape.Length == input.Rank + 1 && _noiseShape.Skip(1).Zip(input).All(d => d.First is null or 1 || d.First == d.Second);
        return fits ? input : throw BadInput(input, $"the axes of its noise shape ({string.Join(", ", _noiseShape!.Select(d => d?.ToString(CultureInfo.InvariantCulture) ?? "None"))})");
    }

    internal static double CheckRate(double rate) => rate is >= 0 and <= 1 ? rate : throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must be between 0 and 1.");
}

/// <summary>In training, sets whole channels of an image to 0 and divides the others by the share that remains (Tompson et al. 2015). Input (height, width, channels); output the same.</summary>
public sealed class SpatialDropout2D : RandomLayer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="rate">The share of channels that are set to 0.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="name">The layer's name.</param>
    public SpatialDropout2D(double rate, long? seed = null, string? name = null) : base(seed, name) => Rate = Dropout.CheckRate(rate);

    /// <summary>The share of channels that are set to 0.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => CheckImage(inputShapes);
}

/// <summary>In training, adds normally distributed noise. Input of any shape; output the same.</summary>
public sealed class GaussianNoise : RandomLayer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="stddev">The noise's standard deviation.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="name">The layer's name.</param>
    public GaussianNoise(double stddev, long? seed = null, string? name = null) : base(seed, name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stddev);
        Stddev = stddev;
    }

    /// <summary>The noise's standard deviation.</summary>
    public double Stddev { get; }
}
