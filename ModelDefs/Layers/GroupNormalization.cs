namespace ConvNets.ModelDefs;

/// <summary>
/// Normalizes each sample over all its places and a group of channels: <c>y = gamma · (x − mean) / √(variance + epsilon) + beta</c> (Wu and He, "Group normalization", 2018).
/// Input of any shape; output the same. Weights: <c>gamma</c>, <c>beta</c>, each (channels).
/// </summary>
public sealed class GroupNormalization : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="groups">Into how many groups the channels are split; −1 for one a channel.</param>
    /// <param name="axis">The channels' axis, counted with the batch as axis 0, or −1 for the last.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="center">Whether beta is added.</param>
    /// <param name="scale">Whether gamma multiplies.</param>
    /// <param name="betaInitializer">First values of beta; <see cref="Zeros"/> when null.</param>
    /// <param name="gammaInitializer">First values of gamma; <see cref="Ones"/> when null.</param>
    /// <param name="betaRegularizer">The penalty on beta; null for none.</param>
    /// <param name="gammaRegularizer">The penalty on gamma; null for none.</param>
    /// <param name="name">The layer's name.</param>
    public GroupNormalization(int groups = 32, int axis = -1, double epsilon = 0.001, bool center = true, bool scale = true, Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null, Regularizer? betaRegularizer = null, Regularizer? gammaRegularizer = null, string? name = null) : base(name)
    {
        if (groups is < 1 and not -1)
            throw new ArgumentOutOfRangeException(nameof(groups), groups, "There must be at least one group, or -1 for one a channel.");
        if (axis == 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, "Axis 0 is the batch; channels are at another axis, or at -1, the last.");
        if (!(epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon must be above 0.");
        (Groups, Axis, Epsilon, Center, Scale) = (groups, axis, epsilon, center, scale);
        BetaInitializer = betaInitializer ?? new Zeros();
        GammaInitializer = gammaInitializer ?? new Ones();
        (BetaRegularizer, GammaRegularizer) = (betaRegularizer, gammaRegularizer);
    }

    /// <summary>Into how many groups the channels are split; −1 for one a channel.</summary>
    public int Groups { get; }

    /// <summary>The channels' axis, counted with the batch as axis 0, or −1 for the last.</summary>
    public int Axis { get; }

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
        int channels = inputShapes[0][SampleAxis(inputShapes[0])];
        if (Groups > 0 && channels % Groups != 0)
            throw BadInput(inputShapes[0], $"a multiple of {Groups} channels, its number of groups");
        if (Scale)
            AddWeight("gamma", [channels], GammaInitializer, regularizer: GammaRegularizer);
        if (Center)
            AddWeight("beta", [channels], BetaInitializer, regularizer: BetaRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
