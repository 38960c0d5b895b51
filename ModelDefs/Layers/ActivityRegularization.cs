namespace ConvNets.ModelDefs;

/// <summary>Adds a penalty on its input to the loss: (l1·Σ|x| + l2·Σx²) / samples. Input of any shape; output the same values.</summary>
public sealed class ActivityRegularization : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="l1">The factor of the sum of absolute values.</param>
    /// <param name="l2">The factor of the sum of squares.</param>
    /// <param name="name">The layer's name.</param>
    public ActivityRegularization(double l1 = 0, double l2 = 0, string? name = null) : base(name) => ActivityRegularizer = new L1L2(l1, l2);

    /// <summary>The factor of the sum of absolute values.</summary>
    public double L1 => ((L1L2)ActivityRegularizer!).L1;

    /// <summary>The factor of the sum of squares.</summary>
    public double L2 => ((L1L2)ActivityRegularizer!).L2;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
