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
/// A model's weights and what the optimizer keeps of them. The trainable ones lie behind each other, with their gradients and the optimizer's slots in the same order, so that an
/// optimizer runs over all of them at once.
/// </summary>
internal sealed unsafe class Parameters : IDisposable
{
    // The optimizer's pieces: large enough to be worth handing to a thread.
    private const int PieceSize = 16 * 1024;

    private readonly AlignedBuffer _trainable;
    private readonly AlignedBuffer _fixed;
    private readonly long _stride;
    private readonly Dictionary<(Layer Layer, int Index), Parameter> _byPlace = [];
    private readonly Parameter[] _all;
    private readonly Optimizer _optimizer;
    private readonly WorkerTeam _team;
    private readonly Action<int, int> _updatePiece;

    public Parameters(Model model, Optimizer optimizer, WorkerTeam team)
    {
        (_optimizer, _team, _updatePiece) = (optimizer, team, UpdatePiece);
        LearningRate = optimizer.LearningRate;
        IReadOnlyList<WeightSlot> slots = model.WeightSlots;
        _stride = slots.Where(s => s.Trainable).Sum(s => Padded(s.Spec.Shape.Size));
        _trainable = new AlignedBuffer(_stride * (2 + optimizer.SlotCount));
        _fixed = new AlignedBuffer(slots.Where(s => !s.Trainable).Sum(s => Padded(s.Spec.Shape.Size)));
        float* trainable = _trainable.Pointer, still = _fixed.Pointer;
        _all = new Parameter[slots.Count];
        for (int i = 0; i < slots.Count; i++)
        {
            WeightSlot slot = slots[i];
            ref float* next = ref slot.Trainable ? ref trainable : ref still;
            _all[i] = new Parameter(slot, next, slot.Trainable ? next + _stride : null);
            next += Padded(slot.Spec.Shape.Size);
            _byPlace[(slot.Layer, slot.Index)] = _all[i];
        }
    }

    public double LearningRate { get; set; }

    /// <summary>Grows with every change of a weight, so that what is derived from weights knows when it is old.</summary>
    public long Version { get; private set; }

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

    public ModelWeights Copy(bool gradients) => new(_all.Where(p => !gradients || p.Gradient != null).Select(p =>
        new WeightTensor(p.Slot.Path, p.Slot.Spec.Shape, new Span<float>(gradients ? p.Gradient : p.Values, p.Size).ToArray(), p.Slot.Trainable)));

    public void Set(ModelWeights weights)
    {
        for (int i = 0; i < _all.Length; i++)
            weights[i].Values.CopyTo(new Span<float>(_all[i].Values, _all[i].Size));
        Version++;
    }

    /// <summary>One step of the optimizer.</summary>
    public void Update()
    {
        Step++;
        _team.Run((int)((_stride + PieceSize - 1) / PieceSize), _updatePiece);
        Version++;
    }

    /// <summary>How many steps there were.</summary>
    public long Step { get; private set; }

    public void Dispose()
    {
        _trainable.Dispose();
        _fixed.Dispose();
    }

    private void UpdatePiece(int piece, int worker)
    {
        long first = (long)piece * PieceSize;
        int length = (int)Math.Min(PieceSize, _stride - first);
        float* weights = _trainable.Pointer + first;
        _optimizer.Update(new WeightUpdate(Step, LearningRate, weights, weights + _stride, weights + 2 * _stride, _stride, length));
    }

    private static long Padded(int size) => (size + 15L) / 16 * 16;
}
