namespace ConvNets.Engines;

/// <summary>Our own kernels in C#.</summary>
internal sealed class ManagedEngine : Engine
{
    public override string Name => "managed";

    internal override Executor CreateExecutor(ExecutorRequest request) => new ManagedExecutor(request, KernelSet.Best);
}
