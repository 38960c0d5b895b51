namespace ConvNets.ModelDefs;

/// <summary>From where to where a random number is drawn. A single number f stands for −f … f, as in Keras.</summary>
/// <param name="Lower">The least.</param>
/// <param name="Upper">The greatest.</param>
public readonly record struct FactorRange(double Lower, double Upper)
{
    /// <summary>−|factor| … |factor|.</summary>
    public static implicit operator FactorRange(double factor) => new(-Math.Abs(factor), Math.Abs(factor));

    /// <summary>Both ends.</summary>
    public static implicit operator FactorRange((double Lower, double Upper) range) => new(Math.Min(range.Lower, range.Upper), Math.Max(range.Lower, range.Upper));

    internal FactorRange Check(double least, double greatest, string argument) => Lower >= least && Upper <= greatest
        ? this
        : throw new ArgumentOutOfRangeException(argument, this, $"Both ends must be between {least} and {greatest}.");
}

/// <summary>What <see cref="RandomFlip"/> mirrors.</summary>
public enum FlipMode
{
    /// <summary>Left and right.</summary>
    Horizontal,

    /// <summary>Top and bottom.</summary>
    Vertical,

    /// <summary>Both, or neither.</summary>
    HorizontalAndVertical,
}

/// <summary>In training, mirrors every other image or so. Input (height, width, channels); output the same.</summary>
/// <remarks>As in Keras, an image is flipped along all of the mode's axes or not at all.</remarks>
public sealed class RandomFlip : RandomLayer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="mode">What is mirrored.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="name">The layer's name.</param>
    public RandomFlip(FlipMode mode = FlipMode.HorizontalAndVertical, long? seed = null, string? name = null) : base(seed, name) => Mode = mode;

    /// <summary>What is mirrored.</summary>
    public FlipMode Mode { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => CheckImage(inputShapes);
}

/// <summary>In training, maps images by an affine transformation around their middle. Input (height, width, channels); output the same.</summary>
public abstract class RandomAffineLayer : RandomLayer
{
    private protected RandomAffineLayer(FillMode fillMode, Interpolation interpolation, double fillValue, long? seed, string? name) : base(seed, name) =>
        (FillMode, Interpolation, FillValue) = (fillMode, interpolation, fillValue);

    /// <summary>What lies outside the image.</summary>
    public FillMode FillMode { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <summary>The value outside with <see cref="FillMode.Constant"/>.</summary>
    public double FillValue { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => CheckImage(inputShapes);
}

/// <summary>In training, moves images by chance. Input (height, width, channels); output the same.</summary>
public sealed class RandomTranslation : RandomAffineLayer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="heightFactor">How far down, as a part of the height.</param>
    /// <param name="widthFactor">How far to the right, as a part of the width.</param>
    /// <param name="fillMode">What lies outside the image.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="fillValue">The value outside with <see cref="FillMode.Constant"/>.</param>
    /// <param name="name">The layer's name.</param>
    public RandomTranslation(FactorRange heightFactor, FactorRange widthFactor, FillMode fillMode = FillMode.Reflect, Interpolation interpolation = Interpolation.Bilinear,
        long? seed = null, double fillValue = 0, string? name = null) : base(fillMode, interpolation, fillValue, seed, name)
    {
        HeightFactor = heightFactor.Check(-1, 1, nameof(heightFactor));
        WidthFactor = widthFactor.Check(-1, 1, nameof(widthFactor));
    }

    /// <summary>How far down, as a part of the height.</summary>
    public FactorRange HeightFactor { get; }

    /// <summary>How far to the right, as a part of the width.</summary>
    public FactorRange WidthFactor { get; }
}

/// <summary>In training, turns images around their middle by chance. Input (height, width, channels); output the same.</summary>
public sealed class RandomRotation : RandomAffineLayer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="factor">How far counter-clockwise, as a part of a whole turn.</param>
    /// <param name="fillMode">What lies outside the image.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="fillValue">The value outside with <see cref="FillMode.Constant"/>.</param>
    /// <param name="name">The layer's name.</param>
    public RandomRotation(FactorRange factor, FillMode fillMode = FillMode.Reflect, Interpolation interpolation = Interpolation.Bilinear, long? seed = null, double fillValue = 0,
        string? name = null) : base(fillMode, interpolation, fillValue, seed, name) => Factor = factor.Check(-1, 1, nameof(factor));

    /// <summary>How far counter-clockwise, as a part of a whole turn.</summary>
    public FactorRange Factor { get; }
}

/// <summary>In training, scales images around their middle by chance. Input (height, width, channels); output the same.</summary>
public sealed class RandomZoom : RandomAffineLayer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="heightFactor">How much smaller the image becomes down: 0.2 shows 20 % more rows, −0.2 20 % fewer.</param>
    /// <param name="widthFactor">How much smaller it becomes across; null for as much as down.</param>
    /// <param name="fillMode">What lies outside the image.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="fillValue">The value outside with <see cref="FillMode.Constant"/>.</param>
    /// <param name="name">The layer's name.</param>
    public RandomZoom(FactorRange heightFactor, FactorRange? widthFactor = null, FillMode fillMode = FillMode.Reflect, Interpolation interpolation = Interpolation.Bilinear,
        long? seed = null, double fillValue = 0, string? name = null) : base(fillMode, interpolation, fillValue, seed, name)
    {
        HeightFactor = heightFactor.Check(-1, 1, nameof(heightFactor));
        WidthFactor = widthFactor?.Check(-1, 1, nameof(widthFactor));
    }

    /// <summary>How much smaller the image becomes down.</summary>
    public FactorRange HeightFactor { get; }

    /// <summary>How much smaller it becomes across; null for as much as down.</summary>
    public FactorRange? WidthFactor { get; }
}

/// <summary>
/// In training, changes images' contrast by chance: <c>(x − mean) · factor + mean</c>, the mean being that of each channel of the image, and cuts off at the value range.
/// Input (height, width, channels); output the same.
/// </summary>
public sealed class RandomContrast : RandomLayer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="factor">The factor is drawn from 1 − lower … 1 + upper. A single number f stands for 1 … 1 + f, as Keras computes it.</param>
    /// <param name="valueRange">The least and the greatest value of a pixel; 0 and 255 when null.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="name">The layer's name.</param>
    public RandomContrast(FactorRange factor, (double Least, double Greatest)? valueRange = null, long? seed = null, string? name = null) : base(seed, name)
    {
        Factor = new FactorRange(Math.Max(0, factor.Lower), factor.Upper).Check(0, 1, nameof(factor));
        ValueRange = valueRange ?? (0, 255);
    }

    /// <summary>How far the factor is below 1 at most, and how far above.</summary>
    public FactorRange Factor { get; }

    /// <summary>The least and the greatest value of a pixel.</summary>
    public (double Least, double Greatest) ValueRange { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => CheckImage(inputShapes);
}

/// <summary>In training, adds the same number to all of an image's values, by chance, and cuts off at the value range. Input (height, width, channels); output the same.</summary>
public sealed class RandomBrightness : RandomLayer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="factor">What is added, as a part of the value range.</param>
    /// <param name="valueRange">The least and the greatest value of a pixel; 0 and 255 when null.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    /// <param name="name">The layer's name.</param>
    public RandomBrightness(FactorRange factor, (double Least, double Greatest)? valueRange = null, long? seed = null, string? name = null) : base(seed, name)
    {
        Factor = factor.Check(-1, 1, nameof(factor));
        ValueRange = valueRange ?? (0, 255);
    }

    /// <summary>What is added, as a part of the value range.</summary>
    public FactorRange Factor { get; }

    /// <summary>The least and the greatest value of a pixel.</summary>
    public (double Least, double Greatest) ValueRange { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => CheckImage(inputShapes);
}
