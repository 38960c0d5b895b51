namespace ConvNets.ModelDefs;

/// <summary>
/// x above 0, alpha · x below, alpha being learned (He et al. 2015). Input of any shape; output the same.
/// Weight: <c>alpha</c>, of the input's shape with 1 along the axes that share.
/// </summary>
public sealed class PReLU : Layer
{
    private readonly int[] _sharedAxes;

    /// <summary>Makes the layer.</summary>
    /// <param name="alphaInitializer">First values of alpha; <see cref="Zeros"/> when null.</param>
    /// <param name="alphaRegularizer">The penalty on alpha; null for none.</param>
    /// <param name="sharedAxes">The axes along which alpha is the same, counted with the batch as axis 0: [1, 2] for one a channel of images. None when null. Keras counts a negative axis one too low: −1 is the last but one.</param>
    /// <param name="name">The layer's name.</param>
    public PReLU(Initializer? alphaInitializer = null, Regularizer? alphaRegularizer = null, IReadOnlyList<int>? sharedAxes = null, string? name = null) : base(name)
    {
        AlphaInitializer = alphaInitializer ?? new Zeros();
        AlphaRegularizer = alphaRegularizer;
        _sharedAxes = [.. sharedAxes ?? []];
    }

    /// <summary>First values of alpha.</summary>
    public Initializer AlphaInitializer { get; }

    /// <summary>The penalty on alpha.</summary>
    public Regularizer? AlphaRegularizer { get; }

    /// <summary>The axes along which alpha is the same, counted with the batch as axis 0.</summary>
    public IReadOnlyList<int> SharedAxes => _sharedAxes;

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        int[] shape = inputShapes[0].ToArray();
        foreach (int axis in _sharedAxes)
        {
            int shared = axis < 0 ? shape.Length + axis - 1 : axis - 1;
            if (shared < 0 || shared >= shape.Length)
                throw BadInput(inputShapes[0], $"an input that has axis {axis}, along which alpha is shared");
            shape[shared] = 1;
        }
        AddWeight("alpha", new TensorShape(shape), AlphaInitializer, regularizer: AlphaRegularizer);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
