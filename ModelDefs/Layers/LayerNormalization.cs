namespace ConvNets.ModelDefs;

/// <summary>
/// Normalizes each sample along some axes: <c>y = gamma · (x − mean) / √(variance + epsilon) + beta</c> (Ba, Kiros and Hinton, "Layer normalization", 2016); with RMS scaling
/// <c>y = gamma · x / √(mean of x² + epsilon)</c>. Input of any shape; output the same. Weights: <c>gamma</c>, <c>beta</c>, each of the dimensions of the axes.
/// </summary>
public sealed class LayerNormalization : Layer
{
    private readonly int[] _axes;

    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="axes">The axes along which is normalized, counted with the batch as axis 0; [−1], the last, when null.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="center">Whether beta is added.</param>
    /// <param name="scale">Whether gamma multiplies.</param>
    /// <param name="rmsScaling">Whether values are only divided by their root mean square.</param>
    /// <param name="betaInitializer">First values of beta; <see cref="Zeros"/> when null.</param>
    /// <param name="gammaInitializer">First values of gamma; <see cref="Ones"/> when null.</param>
    /// <param name="betaRegularizer">The penalty on beta; null for none.</param>
    /// <param name="gammaRegularizer">The penalty on gamma; null for none.</param>
    /// <param name="name">The layer's name.</param>
    public LayerNormalization(IReadOnlyList<int>? axes = null, double epsilon = 0.001, bool center = true, bool scale = true, bool rmsScaling = false, Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null, Regularizer? betaRegularizer = null, Regularizer? gammaRegularizer = null, string? name = null) : base(name)
    {
        if (!(epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon must be above 0.");
        _axes = [.. axes ?? [-1]];
        if (_axes.Length == 0 || _axes.Contains(0))
            throw new ArgumentException($"A layer is normalized along at least one axis, and not along axis 0, the batch; received ({string.Join(", ", _axes)}).", nameof(axes));
        (Epsilon, Center, Scale, RmsScaling) = (epsilon, center, scale, rmsScaling);
        BetaInitializer = betaInitializer ?? new Zeros();
        GammaInitializer = gammaInitializer ?? new Ones();
        (BetaRegularizer, GammaRegularizer) = (betaRegularizer, gammaRegularizer);
    }

    /// <summary>The axes along which is normalized, counted with the batch as axis 0.</summary>
    public IReadOnlyList<int> Axes => _axes;

    /// <summary>What is added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Whether beta is added.</summary>
    public bool Center { get; }

    /// <summary>Whether gamma multiplies.</summary>
    public bool Scale { get; }

    /// <summary>Whether values are only divided by their root mean square.</summary>
    public bool RmsScaling { get; }

    /// <summary>First values of beta.</summary>
    public Initializer BetaInitializer { get; }

    /// <summary>First values of gamma.</summary>
    public Initializer GammaInitializer { get; }

    /// <summary>The penalty on beta.</summary>
    public Regularizer? BetaRegularizer { get; }

    /// <summary>The penalty on gamma.</summary>
    public Regularizer? GammaRegularizer { get; }

    /// <summary>The axes in a sample's shape, the batch not counted, in order.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public int[] SampleAxes(TensorShape inputShape) => [.. _axes.Select(axis => SampleAxis(axis, inputShape)).Order()];

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape shape = [.. SampleAxes(inputShapes[0]).Select(axis => inputShapes[0][axis])];
        if (Scale)
            AddWeight("gamma", shape, GammaInitializer, regularizer: GammaRegularizer);
        if (Center)
            AddWeight("beta", shape, BetaInitializer, regularizer: BetaRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
