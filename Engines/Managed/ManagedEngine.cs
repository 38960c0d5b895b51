namespace ConvNets.Engines;

/// <summary>Our own kernels in C#.</summary>
internal sealed class ManagedEngine(ManagedOptions options) : Engine
{
    public const string EngineName = "managed";

    public override string Name => EngineName;

    internal override Executor CreateExecutor(ExecutorRequest request) => new ManagedExecutor(request, KernelSet.Best) { Options = options };
}
