using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>What operations are made with.</summary>
internal sealed unsafe class PlanContext(KernelSet kernels, WorkerTeam team, Parameters parameters, int capacity, bool training, long seed) : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly HashSet<Parameter> _found = new(ReferenceEqualityComparer.Instance);
    private readonly List<(Parameter Whole, Parameter Part)> _parts = [];
    private int _streams;

    public KernelSet Kernels { get; } = kernels;

    public WorkerTeam Team { get; } = team;

    public Parameters Parameters { get; } = parameters;

    /// <summary>The most samples of a batch.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Whether the plan goes backward too.</summary>
    public bool Training { get; } = training;

    /// <summary>How the engine computes.</summary>
    public ManagedOptions Options { get; init; } = new();

    /// <summary>How many samples a pass over the data has; null where that is not known.</summary>
    public int? Samples { get; init; }

    /// <summary>Whether an operation that was made before draws random numbers, so that what comes behind it is another thing in each step.</summary>
    public bool DrawsRandomNumbers => _streams > 0;

    /// <summary>Whether convolutions may be computed by Winograd's algorithm where that is faster; off to compare it with the definition.</summary>
    public bool Winograd { get; init; } = true;

    /// <summary>
    /// The weight of a layer by its name, for one operation, or null where the layer has none. Each further operation that asks for the same weight, a layer being shared, writes
    /// its gradient to memory of its own, which <see cref="AddParts"/> adds in the end.
    /// </summary>
    public Parameter? Find(Layer layer, string name)
    {
        Parameter? parameter = Parameters.Find(layer, name);
        if (parameter is null || parameter.Gradient == null || _found.Add(parameter))
            return parameter;
        var part = new Parameter(parameter.Slot, parameter.Values, Own(new AlignedBuffer(parameter.Size)).Pointer);
        _parts.Add((parameter, part));
        return part;
    }

    /// <summary>Adds up the gradients of shared layers' weights.</summary>
    public void AddParts()
    {
        foreach ((Parameter whole, Parameter part) in _parts)
            Kernels.Flat.Add(part.Gradient, whole.Gradient, whole.Size);
    }

    /// <summary>What a random layer draws from: numbers that depend on the seed, the training step and the layer's place in the plan alone.</summary>
    public RandomStream NewStream(long? layerSeed) => new(Kernels.Random, layerSeed ?? seed, _streams++, Parameters);

    /// <summary>Keeps memory that lives as long as the plan.</summary>
    public AlignedBuffer Own(AlignedBuffer buffer)
    {
        _owned.Add(buffer);
        return buffer;
    }

    public void Dispose() => _owned.ForEach(o => o.Dispose());
}
