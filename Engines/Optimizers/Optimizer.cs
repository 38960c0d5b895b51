namespace ConvNets.Engines;

/// <summary>How weights follow their gradients. The description is immutable; what an optimizer remembers (its slots) is kept by the engine.</summary>
public abstract class Optimizer
{
    /// <summary>Makes an optimizer.</summary>
    /// <param name="learningRate">The step size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite.</exception>
    protected Optimizer(double learningRate)
    {
        if (!(learningRate >= 0 && double.IsFinite(learningRate)))
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "The learning rate must be finite and not negative.");
        LearningRate = learningRate;
    }

    /// <summary>Keras's name, e.g. <c>adam</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The step size.</summary>
    public double LearningRate { get; }

    /// <summary>How many values the optimizer remembers for each weight, all 0 at first.</summary>
    public abstract int SlotCount { get; }

    /// <summary>Moves a run of weights by one step. Every weight must be treated alike, whatever run it is in.</summary>
    /// <param name="update">The weights, their gradients and what is remembered of them.</param>
    public abstract void Update(in WeightUpdate update);

    /// <summary>The optimizer of a Keras name.</summary>
    /// <param name="name">Keras's name.</param>
    /// <param name="learningRate">The step size; null for Keras's default.</param>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static Optimizer Get(string name, double? learningRate = null) => NameLookup.Find(ByName, name, "optimizer")(learningRate);

    /// <summary>Every known name.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    private static readonly Dictionary<string, Func<double?, Optimizer>> ByName = new(StringComparer.Ordinal)
    {
        ["adam"] = static rate => new Adam(rate ?? 0.001),
        ["sgd"] = static rate => new Sgd(rate ?? 0.01),
        ["rmsprop"] = static rate => new RMSprop(rate ?? 0.001),
    };
}

/// <summary>A run of weights in one step of an optimizer.</summary>
public readonly unsafe ref struct WeightUpdate
{
    private readonly float* _slots;
    private readonly long _slotStride;
    private readonly int _length;

    internal WeightUpdate(long step, double learningRate, float* weights, float* gradients, float* slots, long slotStride, int length)
    {
        Step = step;
        LearningRate = learningRate;
        Weights = new Span<float>(weights, length);
        Gradients = new ReadOnlySpan<float>(gradients, length);
        _slots = slots;
        _slotStride = slotStride;
        _length = length;
    }

    /// <summary>The number of this step, from 1.</summary>
    public long Step { get; }

    /// <summary>The step size of this step.</summary>
    public double LearningRate { get; }

    /// <summary>The weights, to be changed in place.</summary>
    public Span<float> Weights { get; }

    /// <summary>The loss's derivatives with respect to them.</summary>
    public ReadOnlySpan<float> Gradients { get; }

    /// <summary>What is remembered of each weight, to be changed in place.</summary>
    public Span<float> Slot(int index) => new(_slots + index * _slotStride, _length);
}
