namespace ConvNets.ModelDefs;

/// <summary>
/// A fully connected layer: <c>y = activation(x · kernel + bias)</c> over the last axis. Input (…, inputs); output (…, units).
/// Weights: <c>kernel</c> (inputs, units), <c>bias</c> (units).
/// </summary>
public sealed class Dense : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="units">The number of outputs.</param>
    /// <param name="activation">What is applied to the output.</param>
    /// <param name="useBias">Whether a bias is added.</param>
    /// <param name="kernelInitializer">First values of the kernel; <see cref="GlorotUniform"/> when null.</param>
    /// <param name="biasInitializer">First values of the bias; <see cref="Zeros"/> when null.</param>
    /// <param name="kernelRegularizer">The penalty on the kernel; null for none.</param>
    /// <param name="biasRegularizer">The penalty on the bias; null for none.</param>
    /// <param name="name">The layer's name.</param>
    public Dense(int units, ActivationFunction activation = ActivationFunction.Linear, bool useBias = true, Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null, Regularizer? kernelRegularizer = null, Regularizer? biasRegularizer = null, string? name = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
        Activation = activation;
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? new GlorotUniform();
        BiasInitializer = biasInitializer ?? new Zeros();
        KernelRegularizer = kernelRegularizer;
        BiasRegularizer = biasRegularizer;
    }

    /// <summary>The number of outputs.</summary>
    public int Units { get; }

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
        AddWeight("kernel", [CheckVector(inputShapes)[^1], Units], KernelInitializer, regularizer: KernelRegularizer);
        if (UseBias)
            AddWeight("bias", [Units], BiasInitializer, regularizer: BiasRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => [.. CheckVector(inputShapes).SkipLast(1), Units];

    /// <inheritdoc/>
    protected internal override IEnumerable<string> Descriptor() => [$"'{Activation.KerasName()}'"];

    private TensorShape CheckVector(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0].Rank >= 1 ? inputShapes[0] : throw BadInput(inputShapes[0], "at least one axis besides the batch");
}
