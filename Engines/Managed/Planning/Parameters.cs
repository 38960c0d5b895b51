using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A weight of a model in the engine's memory.</summary>
internal sealed unsafe class Parameter(WeightSlot slot, float* values, float* gradient)
{
    public WeightSlot Slot { get; } = slot;

    /// <summary>Its values, in Keras's layout.</summary>
    public float* Values { get; } = values;

    /// <summary>The loss's derivatives; null where the weight is not trained.</summary>
    public float* Gradient { get; } = gradient;

    public int Size => Slot.Spec.Shape.Size;
}

/// <summary>
/// A model's weights. The trainable ones lie behind each other, with their gradients in the same order, so that an optimizer runs over all of them at once.
/// </summary>
internal sealed unsafe class Parameters : IDisposable
{
    private readonly AlignedBuffer _trainable;
    private readonly AlignedBuffer _fixed;
    private readonly Dictionary<(Layer Layer, int Index), Parameter> _byPlace = [];
    private readonly Parameter[] _all;
    private readonly HashSet<Layer> _frozen = new(ReferenceEqualityComparer.Instance);
    private readonly Parameter[] _regularized;

    public Parameters(Model model, Optimizer optimizer, WorkerTeam team)
    {
        IReadOnlyList<WeightSlot> slots = model.WeightSlots;
        long length = slots.Where(s => s.Trainable).Sum(s => Padded(s.Spec.Shape.Size));
        _trainable = new AlignedBuffer(2 * length);
        _fixed = new AlignedBuffer(slots.Where(s => !s.Trainable).Sum(s => Padded(s.Spec.Shape.Size)));
        float* trainable = _trainable.Pointer, still = _fixed.Pointer;
        _all = new Parameter[slots.Count];
        for (int i = 0; i < slots.Count; i++)
        {
            WeightSlot slot = slots[i];
            ref float* next = ref slot.Trainable ? ref trainable : ref still;
            _all[i] = new Parameter(slot, next, slot.Trainable ? next + length : null);
            next += Padded(slot.Spec.Shape.Size);
            _byPlace[(slot.Layer, slot.Index)] = _all[i];
        }
        Optimizer = new OptimizerRun(optimizer, team, [.. _all.Where(p => p.Gradient != null)], _trainable.Pointer, _trainable.Pointer + length, length);
        CollectFrozen(model, frozen: false);
        _regularized = [.. _all.Where(p => p.Gradient != null && p.Slot.Spec.Regularizer is not null)];
    }

    /// <summary>What moves the weights.</summary>
    public OptimizerRun Optimizer { get; }

    /// <summary>How many training steps there were.</summary>
    public long Step => Optimizer.Batches;

    /// <summary>Grows with every change of a weight, so that what is derived from weights knows when it is old.</summary>
    public long Version { get; private set; }

    /// <summary>Says that weights have changed: the moving statistics do without the optimizer.</summary>
    public void Touch() => Version++;

    /// <summary>The weight of a layer by its name, or null where the layer has none of that name.</summary>
    public Parameter? Find(Layer layer, string name)
    {
        for (int i = 0; i < layer.Weights.Count; i++)
        {
            if (layer.Weights[i].Name == name)
                return _byPlace[(layer, i)];
        }
        return null;
    }

    /// <summary>Whether training changes any of a layer's weights.</summary>
    public bool IsTrained(Layer layer) => Array.Exists(_all, p => p.Slot.Layer == layer && p.Gradient != null);

    /// <summary>Whether a layer, or a model around it, is not trainable.</summary>
    public bool IsFrozen(Layer layer) => _frozen.Contains(layer);

    public ModelWeights Copy(bool gradients) => new(_all.Where(p => !gradients || p.Gradient != null).Select(p =>
        new WeightTensor(p.Slot.Path, p.Slot.Spec.Shape, new Span<float>(gradients ? p.Gradient : p.Values, p.Size).ToArray(), p.Slot.Trainable)));

    public void Set(ModelWeights weights)
    {
        for (int i = 0; i < _all.Length; i++)
            weights[i].Values.CopyTo(new Span<float>(_all[i].Values, _all[i].Size));
        Version++;
    }

    /// <summary>The penalties that the trained weights' regularizers add to the loss.</summary>
    /// <param name="gradients">Whether their derivatives are added to the weights' gradients.</param>
    public double Penalty(bool gradients)
    {
        double penalty = 0;
        foreach (Parameter parameter in _regularized)
        {
            Regularizer regularizer = parameter.Slot.Spec.Regularizer!;
            var values = new ReadOnlySpan<float>(parameter.Values, parameter.Size);
            penalty += regularizer.Penalty(values);
            if (gradients)
                regularizer.AddGradient(values, 1, new Span<float>(parameter.Gradient, parameter.Size));
        }
        return penalty;
    }

    /// <summary>Sets all gradients to 0.</summary>
    public void ClearGradients()
    {
        foreach (Parameter parameter in _all)
        {
            if (parameter.Gradient != null)
                new Span<float>(parameter.Gradient, parameter.Size).Clear();
        }
    }

    /// <summary>One step of the optimizer.</summary>
    public void Update()
    {
        Optimizer.Step();
        Version++;
    }

    /// <summary>Puts the weights' moving average in their place, where the optimizer keeps one.</summary>
    public void UseAverage()
    {
        Optimizer.UseAverage();
        Version++;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        _trainable.Dispose();
        _fixed.Dispose();
    }

    private void CollectFrozen(Model model, bool frozen)
    {
        frozen |= !model.Trainable;
        foreach (Layer layer in model.Layers)
        {
            if (frozen || !layer.Trainable)
                _frozen.Add(layer);
            if (layer is Model nested)
                CollectFrozen(nested, frozen);
        }
    }

    private static long Padded(int size) => (size + 15L) / 16 * 16;
}
