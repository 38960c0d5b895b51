namespace ConvNets.ModelDefs;

/// <summary>x above 0, alpha·(eˣ − 1) below (Clevert et al. 2016). Input of any shape; output the same.</summary>
public sealed class ELU : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="alpha">Minus the limit for small x.</param>
    /// <param name="name">The layer's name.</param>
    public ELU(double alpha = 1, string? name = null) : base(name) => Alpha = alpha;

    /// <summary>Minus the limit for small x.</summary>
    public double Alpha { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
