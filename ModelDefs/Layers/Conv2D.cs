namespace ConvNets.ModelDefs;

/// <summary>
/// Convolves images with learned filters: <c>y[i, j, f] = activation(bias[f] + Σ x[i·s + u·d − p, j·s + v·d − p, c] · kernel[u, v, c, f])</c>.
/// Input (height, width, channels); output (new height, new width, filters), see <see cref="ModelDefs.Padding"/>.
/// Weights: <c>kernel</c> (kernel height, kernel width, channels / groups, filters), <c>bias</c> (filters).
/// </summary>
public sealed class Conv2D : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="filters">The number of filters, which is the number of output channels.</param>
    /// <param name="kernelSize">The window of a filter.</param>
    /// <param name="strides">Pixels from one position of the window to the next.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <param name="dilationRate">Pixels between a window's taps; greater than 1 only without strides.</param>
    /// <param name="groups">Into how many groups the channels are split, each with its own filters.</param>
    /// <param name="activation">What is applied to the output.</param>
    /// <param name="useBias">Whether a bias is added.</param>
    /// <param name="kernelInitializer">First values of the kernel; <see cref="GlorotUniform"/> when null.</param>
    /// <param name="biasInitializer">First values of the bias; <see cref="Zeros"/> when null.</param>
    /// <param name="kernelRegularizer">The penalty on the kernel; null for none.</param>
    /// <param name="biasRegularizer">The penalty on the bias; null for none.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or strides and dilation are both above 1.</exception>
    public Conv2D(int filters, Size2D kernelSize, Size2D? strides = null, Padding padding = Padding.Valid, Size2D? dilationRate = null, int groups = 1,
        ActivationFunction activation = ActivationFunction.Linear, bool useBias = true, Initializer? kernelInitializer = null, Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null, Regularizer? biasRegularizer = null, string? name = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        if (filters % groups != 0)
            throw new ArgumentException($"The number of filters must be a multiple of the number of groups; received {filters} filters in {groups} groups.", nameof(groups));
        Filters = filters;
        KernelSize = kernelSize.CheckPositive(nameof(kernelSize));
        Strides = (strides ?? 1).CheckPositive(nameof(strides));
        DilationRate = (dilationRate ?? 1).CheckPositive(nameof(dilationRate));
        if (Strides != 1 && DilationRate != 1)
            throw new ArgumentException($"Strides and dilation cannot both be above 1; received {Strides} and {DilationRate}.", nameof(dilationRate));
        Padding = padding;
        Groups = groups;
        Activation = activation;
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? new GlorotUniform();
        BiasInitializer = biasInitializer ?? new Zeros();
        KernelRegularizer = kernelRegularizer;
        BiasRegularizer = biasRegularizer;
    }

    /// <summary>The number of filters.</summary>
    public int Filters { get; }

    /// <summary>The window of a filter.</summary>
    public Size2D KernelSize { get; }

    /// <summary>Pixels from one position of the window to the next.</summary>
    public Size2D Strides { get; }

    /// <summary>What happens at the border.</summary>
    public Padding Padding { get; }

    /// <summary>Pixels between a window's taps.</summary>
    public Size2D DilationRate { get; }

    /// <summary>Into how many groups the channels are split.</summary>
    public int Groups { get; }

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
        TensorShape image = CheckImage(inputShapes);
        if (image[2] % Groups != 0)
            throw BadInput(image, $"a multiple of {Groups} channels, its number of groups");
        AddWeight("kernel", [KernelSize.Height, KernelSize.Width, image[2] / Groups, Filters], KernelInitializer, regularizer: KernelRegularizer);
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

    /// <inheritdoc/>
    protected internal override IEnumerable<string> Descriptor() => [$"'{Padding.KerasName()}'", $"'{Activation.KerasName()}'", $"'{KernelInitializer.ClassName}'"];
}
