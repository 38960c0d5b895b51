namespace ConvNets.Engines;

/// <summary>TensorFlow's graph runtime.</summary>
internal sealed class TensorFlowEngine(TensorFlowOptions options) : Engine
{
    public const string EngineName = "tensorflow";

    public override string Name => EngineName;

    internal override Executor CreateExecutor(ExecutorRequest request) => new TensorFlowExecutor(request, options);
}
