using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>A layer of several inputs, for graphs that join again.</summary>
internal sealed class Merge(string? name = null) : Layer(name)
{
    public override int MinimumInputs => 2;

    public override int MaximumInputs => int.MaxValue;

    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
