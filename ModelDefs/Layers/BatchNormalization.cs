namespace ConvNets.ModelDefs;

/// <summary>
/// Normalizes each channel over the batch: <c>y = gamma · (x − mean) / √(variance + epsilon) + beta</c> (Ioffe and Szegedy, "Batch normalization", 2015).
/// Training uses the batch's mean and biased variance, and moves the kept statistics: <c>moving = momentum · moving + (1 − momentum) · batch's</c>, the variance
/// unbiased nowhere, as in Keras 3. Inference uses the moving ones. Input of any rank, channels at <see cref="Axis"/>; output the same shape.
/// Weights: <c>gamma</c>, <c>beta</c>, <c>moving_mean</c>, <c>moving_variance</c>, each (channels).
/// </summary>
public sealed class BatchNormalization : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="axis">The channels' axis, counted with the batch as axis 0, or −1 for the last.</param>
    /// <param name="momentum">How much of a moving statistic remains at each step.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="center">Whether beta is added.</param>
    /// <param name="scale">Whether gamma multiplies.</param>
    /// <param name="betaInitializer">First values of beta; <see cref="Zeros"/> when null.</param>
    /// <param name="gammaInitializer">First values of gamma; <see cref="Ones"/> when null.</param>
    /// <param name="movingMeanInitializer">First values of the moving mean; <see cref="Zeros"/> when null.</param>
    /// <param name="movingVarianceInitializer">First values of the moving variance; <see cref="Ones"/> when null.</param>
    /// <param name="betaRegularizer">The penalty on beta; null for none.</param>
    /// <param name="gammaRegularizer">The penalty on gamma; null for none.</param>
    /// <param name="name">The layer's name.</param>
    public BatchNormalization(int axis = -1, double momentum = 0.99, double epsilon = 0.001, bool center = true, bool scale = true, Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null, Initializer? movingMeanInitializer = null, Initializer? movingVarianceInitializer = null,
        Regularizer? betaRegularizer = null, Regularizer? gammaRegularizer = null, string? name = null) : base(name)
    {
        if (axis == 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, "Axis 0 is the batch; channels are at another axis, or at -1, the last.");
        if (momentum is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "The momentum must be between 0 and 1.");
        if (!(epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon must be above 0.");
        Axis = axis;
        Momentum = momentum;
        Epsilon = epsilon;
        Center = center;
        Scale = scale;
        BetaInitializer = betaInitializer ?? new Zeros();
        GammaInitializer = gammaInitializer ?? new Ones();
        MovingMeanInitializer = movingMeanInitializer ?? new Zeros();
        MovingVarianceInitializer = movingVarianceInitializer ?? new Ones();
        BetaRegularizer = betaRegularizer;
        GammaRegularizer = gammaRegularizer;
    }

    /// <summary>The channels' axis, counted with the batch as axis 0, or −1 for the last.</summary>
    public int Axis { get; }

    /// <summary>How much of a moving statistic remains at each step.</summary>
    public double Momentum { get; }

    /// <summary>What is added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Whether beta is added.</summary>
    public bool Center { get; }

    /// <summary>Whether gamma multiplies.</summary>
    public bool Scale { get; }

    /// <summary>First values of beta.</summary>
    public Initializer BetaInitializer { get; }

    /// <summary>First values of gamma.</summary>
    public Initializer GammaInitializer { get; }

    /// <summary>First values of the moving mean.</summary>
    public Initializer MovingMeanInitializer { get; }

    /// <summary>First values of the moving variance.</summary>
    public Initializer MovingVarianceInitializer { get; }

    /// <summary>The penalty on beta.</summary>
    public Regularizer? BetaRegularizer { get; }

    /// <summary>The penalty on gamma.</summary>
    public Regularizer? GammaRegularizer { get; }

    /// <summary>The channels' axis in a sample's shape, the batch not counted.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public int SampleAxis(TensorShape inputShape) => SampleAxis(Axis, inputShape);

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape channels = [inputShapes[0][SampleAxis(inputShapes[0])]];
        if (Scale)
            AddWeight("gamma", channels, GammaInitializer, regularizer: GammaRegularizer);
        if (Center)
            AddWeight("beta", channels, BetaInitializer, regularizer: BetaRegularizer);
        AddWeight("moving_mean", channels, MovingMeanInitializer, trainable: false);
        AddWeight("moving_variance", channels, MovingVarianceInitializer, trainable: false);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
