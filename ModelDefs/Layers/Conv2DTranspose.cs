namespace ConvNets.ModelDefs;

/// <summary>
/// The transpose of a convolution: each input pixel adds its filters, times its values, to a window of the output; what <see cref="Conv2D"/> does to a gradient. Input (height,
/// width, channels); output (height · stride, width · stride, filters) with padding same, and what the last window adds with valid.
/// Weights: <c>kernel</c> (kernel height, kernel width, filters, channels), <c>bias</c> (filters).
/// </summary>
public sealed class Conv2DTranspose : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="filters">The number of filters, which is the number of output channels.</param>
    /// <param name="kernelSize">The window of a filter.</param>
    /// <param name="strides">Output pixels from one window to the next.</param>
    /// <param name="padding">Whether what sticks out of input · stride is cut off.</param>
    /// <param name="outputPadding">Output rows and columns added after; less than the strides. Null for as many as make the shape above.</param>
    /// <param name="dilationRate">Pixels between a window's taps; greater than 1 only without strides.</param>
    /// <param name="activation">What is applied to the output.</param>
    /// <param name="useBias">Whether a bias is added.</param>
    /// <param name="kernelInitializer">First values of the kernel; <see cref="GlorotUniform"/> when null.</param>
    /// <param name="biasInitializer">First values of the bias; <see cref="Zeros"/> when null.</param>
    /// <param name="kernelRegularizer">The penalty on the kernel; null for none.</param>
    /// <param name="biasRegularizer">The penalty on the bias; null for none.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or strides and dilation are both above 1.</exception>
    public Conv2DTranspose(int filters, Size2D kernelSize, Size2D? strides = null, Padding padding = Padding.Valid, Size2D? outputPadding = null, Size2D? dilationRate = null,
        ActivationFunction activation = ActivationFunction.Linear, bool useBias = true, Initializer? kernelInitializer = null, Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null, Regularizer? biasRegularizer = null, string? name = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        Filters = filters;
        KernelSize = kernelSize.CheckPositive(nameof(kernelSize));
        Strides = (strides ?? 1).CheckPositive(nameof(strides));
        DilationRate = (dilationRate ?? 1).CheckPositive(nameof(dilationRate));
        if (Strides != 1 && DilationRate != 1)
            throw new ArgumentException($"Strides and dilation cannot both be above 1; received {Strides} and {DilationRate}.", nameof(dilationRate));
        if (outputPadding is { } extra && (extra.Height < 0 || extra.Width < 0 || extra.Height >= Strides.Height || extra.Width >= Strides.Width))
            throw new ArgumentException($"The output padding must be at least 0 and less than the strides {Strides}; received {extra}.", nameof(outputPadding));
        (Padding, OutputPadding, Activation, UseBias) = (padding, outputPadding, activation, useBias);
        KernelInitializer = kernelInitializer ?? new GlorotUniform();
        BiasInitializer = biasInitializer ?? new Zeros();
        (KernelRegularizer, BiasRegularizer) = (kernelRegularizer, biasRegularizer);
    }

    /// <summary>The number of filters.</summary>
    public int Filters { get; }

    /// <summary>The window of a filter.</summary>
    public Size2D KernelSize { get; }

    /// <summary>Output pixels from one window to the next.</summary>
    public Size2D Strides { get; }

    /// <summary>Whether what sticks out is cut off.</summary>
    public Padding Padding { get; }

    /// <summary>Output rows and columns added after; null for Keras's rule.</summary>
    public Size2D? OutputPadding { get; }

    /// <summary>Pixels between a window's taps.</summary>
    public Size2D DilationRate { get; }

    /// <summary>What is applied to the output.</summary>
    public ActivationFunction Activation { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>First values of the kernel.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>First values of the bias.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>The penalty on the kernel.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>The penalty on the bias.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        AddWeight("kernel", [KernelSize.Height, KernelSize.Width, Filters, CheckImage(inputShapes)[2]], KernelInitializer, regularizer: KernelRegularizer);
        if (UseBias)
            AddWeight("bias", [Filters], BiasInitializer, regularizer: BiasRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        int height = OutputSize(image[0], KernelSize.Height, Strides.Height, DilationRate.Height, OutputPadding?.Height);
        int width = OutputSize(image[1], KernelSize.Width, Strides.Width, DilationRate.Width, OutputPadding?.Width);
        if (height < 1 || width < 1)
            throw BadInput(image, $"larger images: its output would have {height}×{width} pixels");
        return [height, width, Filters];
    }

    private int OutputSize(int input, int window, int stride, int dilation, int? outputPadding)
    {
        int extent = (window - 1) * dilation + 1;
        if (Padding == Padding.Valid)
            return (input - 1) * stride + extent + (outputPadding ?? Math.Max(stride - extent, 0));
        return outputPadding is { } extra ? (input - 1) * stride + extent - extent / 2 * 2 + extra : input * stride;
    }
}
