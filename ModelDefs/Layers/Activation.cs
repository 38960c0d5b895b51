namespace ConvNets.ModelDefs;

/// <summary>Applies an activation function to each value, or along the last axis. Input of any shape; output the same.</summary>
public sealed class Activation : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="function">The function.</param>
    /// <param name="name">The layer's name.</param>
    public Activation(ActivationFunction function, string? name = null) : base(name) => Function = function;

    /// <summary>Makes the layer of a function's Keras name, e.g. <c>hard_sigmoid</c>.</summary>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public Activation(string activation, string? name = null) : this(KerasNames.ParseActivation(activation), name)
    {
    }

    /// <summary>The function.</summary>
    public ActivationFunction Function { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
