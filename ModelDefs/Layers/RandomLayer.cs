namespace ConvNets.ModelDefs;

/// <summary>
/// A layer that changes its input by chance in training, and leaves it alone in inference. What it draws depends on the seed, the training step and its place in the model alone.
/// Input of any shape, or images where it says so; output the same shape.
/// </summary>
public abstract class RandomLayer : Layer
{
    private protected RandomLayer(long? seed, string? name) : base(name) => Seed = seed;

    /// <summary>A seed of its own; null where it draws from the model's.</summary>
    public long? Seed { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
