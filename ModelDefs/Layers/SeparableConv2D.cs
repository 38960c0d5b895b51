namespace ConvNets.ModelDefs;

/// <summary>
/// A convolution of each channel by itself, and one of 1×1 over all channels behind it: <see cref="DepthwiseConv2D"/>, then <see cref="Conv2D"/>. Input (height, width, channels);
/// output (new height, new width, filters), see <see cref="ModelDefs.Padding"/>. Weights: <c>depthwise_kernel</c> (kernel height, kernel width, channels, m),
/// <c>pointwise_kernel</c> (1, 1, channels · m, filters), <c>bias</c> (filters), m being the depth multiplier.
/// </summary>
public sealed class SeparableConv2D : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="filters">The number of output channels.</param>
    /// <param name="kernelSize">The window of a filter.</param>
    /// <param name="strides">Pixels from one position of the window to the next.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <param name="dilationRate">Pixels between a window's taps; greater than 1 only without strides.</param>
    /// <param name="depthMultiplier">The number of filters of each channel in the first step.</param>
    /// <param name="activation">What is applied to the output.</param>
    /// <param name="useBias">Whether a bias is added.</param>
    /// <param name="depthwiseInitializer">First values of the first kernel; <see cref="GlorotUniform"/> when null.</param>
    /// <param name="pointwiseInitializer">First values of the second kernel; <see cref="GlorotUniform"/> when null.</param>
    /// <param name="biasInitializer">First values of the bias; <see cref="Zeros"/> when null.</param>
    /// <param name="depthwiseRegularizer">The penalty on the first kernel; null for none.</param>
    /// <param name="pointwiseRegularizer">The penalty on the second kernel; null for none.</param>
    /// <param name="biasRegularizer">The penalty on the bias; null for none.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or strides and dilation are both above 1.</exception>
    public SeparableConv2D(int filters, Size2D kernelSize, Size2D? strides = null, Padding padding = Padding.Valid, Size2D? dilationRate = null, int depthMultiplier = 1,
        ActivationFunction activation = ActivationFunction.Linear, bool useBias = true, Initializer? depthwiseInitializer = null, Initializer? pointwiseInitializer = null,
        Initializer? biasInitializer = null, Regularizer? depthwiseRegularizer = null, Regularizer? pointwiseRegularizer = null, Regularizer? biasRegularizer = null,
        string? name = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depthMultiplier, 1);
        Filters = filters;
        KernelSize = kernelSize.CheckPositive(nameof(kernelSize));
        Strides = (strides ?? 1).CheckPositive(nameof(strides));
        DilationRate = (dilationRate ?? 1).CheckPositive(nameof(dilationRate));
        if (Strides != 1 && DilationRate != 1)
            throw new ArgumentException($"Strides and dilation cannot both be above 1; received {Strides} and {DilationRate}.", nameof(dilationRate));
        (Padding, DepthMultiplier, Activation, UseBias) = (padding, depthMultiplier, activation, useBias);
        DepthwiseInitializer = depthwiseInitializer ?? new GlorotUniform();
        PointwiseInitializer = pointwiseInitializer ?? new GlorotUniform();
        BiasInitializer = biasInitializer ?? new Zeros();
        (DepthwiseRegularizer, PointwiseRegularizer, BiasRegularizer) = (depthwiseRegularizer, pointwiseRegularizer, biasRegularizer);
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>The window of a filter.</summary>
    public Size2D KernelSize { get; }

    /// <summary>Pixels from one position of the window to the next.</summary>
    public Size2D Strides { get; }

    /// <summary>What happens at the border.</summary>
    public Padding Padding { get; }

    /// <summary>Pixels between a window's taps.</summary>
    public Size2D DilationRate { get; }

    /// <summary>The number of filters of each channel in the first step.</summary>
    public int DepthMultiplier { get; }

    /// <summary>What is applied to the output.</summary>
    public ActivationFunction Activation { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>First values of the first kernel.</summary>
    public Initializer DepthwiseInitializer { get; }

    /// <summary>First values of the second kernel.</summary>
    public Initializer PointwiseInitializer { get; }

    /// <summary>First values of the bias.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>The penalty on the first kernel.</summary>
    public Regularizer? DepthwiseRegularizer { get; }

    /// <summary>The penalty on the second kernel.</summary>
    public Regularizer? PointwiseRegularizer { get; }

    /// <summary>The penalty on the bias.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        int channels = CheckImage(inputShapes)[2];
        AddWeight("depthwise_kernel", [KernelSize.Height, KernelSize.Width, channels, DepthMultiplier], DepthwiseInitializer, regularizer: DepthwiseRegularizer);
        AddWeight("pointwise_kernel", [1, 1, channels * DepthMultiplier, Filters], PointwiseInitializer, regularizer: PointwiseRegularizer);
        if (UseBias)
            AddWeight("bias", [Filters], BiasInitializer, regularizer: BiasRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        int height = Windows.Slide(image[0], KernelSize.Height, Strides.Height, DilationRate.Height, Padding).Output;
        int width = Windows.Slide(image[1], KernelSize.Width, Strides.Width, DilationRate.Width, Padding).Output;
        if (height < 1 || width < 1)
            throw BadInput(image, $"images of at least {(KernelSize.Height - 1) * DilationRate.Height + 1}×{(KernelSize.Width - 1) * DilationRate.Width + 1} pixels, the extent of its window; use padding: Padding.Same or a smaller window");
        return [height, width, Filters];
    }
}
