namespace ConvNets.ModelDefs;

/// <summary>
/// Convolves each channel by itself: <c>y[i, j, c·m + k] = activation(bias[c·m + k] + Σ x[i·s + u·d − p, j·s + v·d − p, c] · kernel[u, v, c, k])</c>, m being the depth multiplier.
/// Input (height, width, channels); output (new height, new width, channels · m), see <see cref="ModelDefs.Padding"/>.
/// Weights: <c>kernel</c> (kernel height, kernel width, channels, m), <c>bias</c> (channels · m).
/// </summary>
public sealed class DepthwiseConv2D : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="kernelSize">The window of a filter.</param>
    /// <param name="strides">Pixels from one position of the window to the next.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <param name="depthMultiplier">The number of filters of each channel.</param>
    /// <param name="dilationRate">Pixels between a window's taps; greater than 1 only without strides.</param>
    /// <param name="activation">What is applied to the output.</param>
    /// <param name="useBias">Whether a bias is added.</param>
    /// <param name="depthwiseInitializer">First values of the kernel; <see cref="GlorotUniform"/> when null.</param>
    /// <param name="biasInitializer">First values of the bias; <see cref="Zeros"/> when null.</param>
    /// <param name="depthwiseRegularizer">The penalty on the kernel; null for none.</param>
    /// <param name="biasRegularizer">The penalty on the bias; null for none.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or strides and dilation are both above 1.</exception>
    public DepthwiseConv2D(Size2D kernelSize, Size2D? strides = null, Padding padding = Padding.Valid, int depthMultiplier = 1, Size2D? dilationRate = null,
        ActivationFunction activation = ActivationFunction.Linear, bool useBias = true, Initializer? depthwiseInitializer = null, Initializer? biasInitializer = null,
        Regularizer? depthwiseRegularizer = null, Regularizer? biasRegularizer = null, string? name = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depthMultiplier, 1);
        KernelSize = kernelSize.CheckPositive(nameof(kernelSize));
        Strides = (strides ?? 1).CheckPositive(nameof(strides));
        DilationRate = (dilationRate ?? 1).CheckPositive(nameof(dilationRate));
        if (Strides != 1 && DilationRate != 1)
            throw new ArgumentException($"Strides and dilation cannot both be above 1; received {Strides} and {DilationRate}.", nameof(dilationRate));
        (Padding, DepthMultiplier, Activation, UseBias) = (padding, depthMultiplier, activation, useBias);
        DepthwiseInitializer = depthwiseInitializer ?? new GlorotUniform();
        BiasInitializer = biasInitializer ?? new Zeros();
        (DepthwiseRegularizer, BiasRegularizer) = (depthwiseRegularizer, biasRegularizer);
    }

    /// <summary>The window of a filter.</summary>
    public Size2D KernelSize { get; }

    /// <summary>Pixels from one position of the window to the next.</summary>
    public Size2D Strides { get; }

    /// <summary>What happens at the border.</summary>
    public Padding Padding { get; }

    /// <summary>The number of filters of each channel.</summary>
    public int DepthMultiplier { get; }

    /// <summary>Pixels between a window's taps.</summary>
    public Size2D DilationRate { get; }

    /// <summary>What is applied to the output.</summary>
    public ActivationFunction Activation { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>First values of the kernel.</summary>
    public Initializer DepthwiseInitializer { get; }

    /// <summary>First values of the bias.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>The penalty on the kernel.</summary>
    public Regularizer? DepthwiseRegularizer { get; }

    /// <summary>The penalty on the bias.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        int channels = CheckImage(inputShapes)[2];
        AddWeight("kernel", [KernelSize.Height, KernelSize.Width, channels, DepthMultiplier], DepthwiseInitializer, regularizer: DepthwiseRegularizer);
        if (UseBias)
            AddWeight("bias", [channels * DepthMultiplier], BiasInitializer, regularizer: BiasRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        int height = Windows.Slide(image[0], KernelSize.Height, Strides.Height, DilationRate.Height, Padding).Output;
        int width = Windows.Slide(image[1], KernelSize.Width, Strides.Width, DilationRate.Width, Padding).Output;
        if (height < 1 || width < 1)
            throw BadInput(image, $"images of at least {(KernelSize.Height - 1) * DilationRate.Height + 1}×{(KernelSize.Width - 1) * DilationRate.Width + 1} pixels, the extent of its window; use padding: Padding.Same or a smaller window");
        return [height, width, image[2] * DepthMultiplier];
    }
}
