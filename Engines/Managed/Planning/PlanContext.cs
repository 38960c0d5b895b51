namespace ConvNets.Engines;

/// <summary>What operations are made with.</summary>
internal sealed class PlanContext(KernelSet kernels, WorkerTeam team, Parameters parameters, int capacity, bool training) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    public KernelSet Kernels { get; } = kernels;

    public WorkerTeam Team { get; } = team;

    public Parameters Parameters { get; } = parameters;

    /// <summary>The most samples of a batch.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Whether the plan goes backward too.</summary>
    public bool Training { get; } = training;

    /// <summary>Keeps memory that lives as long as the plan.</summary>
    public AlignedBuffer Own(AlignedBuffer buffer)
    {
        _owned.Add(buffer);
        return buffer;
    }

    public void Dispose() => _owned.ForEach(o => o.Dispose());
}
