using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// How weights follow their gradients. The description is immutable; what an optimizer remembers (its slots) is kept by the engine. One optimizer can train several models.
/// </summary>
/// <remarks>
/// A step, as in Keras: gradients are accumulated, then clipped, the weights decay, the optimizer's own rule moves them, and their moving average follows.
/// Derive from this class to make another optimizer: the rule is <see cref="Update"/>, and everything else works for it too.
/// </remarks>
/// <example>
/// <code>
/// Optimizer optimizer = new Adam { Schedule = new CosineDecay(0.001, decaySteps: 1000), GlobalClipNorm = 1, UseEma = true };
/// </code>
/// </example>
public abstract class Optimizer
{
    /// <summary>Makes an optimizer.</summary>
    /// <param name="learningRate">The step size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite.</exception>
    protected Optimizer(double learningRate) => LearningRate = Checked.NotNegative(learningRate);

    /// <summary>Keras's name, e.g. <c>adam</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The step size; the first one, where a <see cref="Schedule"/> changes it.</summary>
    public double LearningRate { get => Schedule?.At(0) ?? field; }

    /// <summary>The step size as a function of the step, instead of a fixed one; null for a fixed one.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>The part of each weight, times the learning rate, that is taken off it at each step; null for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double? WeightDecay { get; init => field = Checked.NotNegative(value, nameof(WeightDecay)); }

    /// <summary>The greatest Euclidean norm that the gradient of one weight tensor may have: a longer one is scaled down to it; null for no bound.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public double? ClipNorm { get; init => field = Checked.Positive(value, nameof(ClipNorm)); }

    /// <summary>The greatest absolute value of a gradient's element: a greater one is cut to it; null for no bound.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public double? ClipValue { get; init => field = Checked.Positive(value, nameof(ClipValue)); }

    /// <summary>The greatest Euclidean norm of all gradients taken together: longer ones are scaled down to it; null for no bound.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public double? GlobalClipNorm { get; init => field = Checked.Positive(value, nameof(GlobalClipNorm)); }

    /// <summary>Whether an exponential moving average of the weights is kept, which takes the weights' place at the end of <c>Fit</c>; false.</summary>
    public bool UseEma { get; init; }

    /// <summary>How much of that average remains at each step; 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 1.</exception>
    public double EmaMomentum { get; init => field = Checked.Fraction(value, nameof(EmaMomentum)); } = 0.99;

    /// <summary>After how many steps the average takes the weights' place during training too; null for only at the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? EmaOverwriteFrequency { get; init => field = Checked.AtLeast(value, 1, nameof(EmaOverwriteFrequency)); }

    /// <summary>Over how many batches the gradients' mean is taken before the weights move; null for each batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int? GradientAccumulationSteps { get; init => field = Checked.AtLeast(value, 2, nameof(GradientAccumulationSteps)); }

    /// <summary>How many values the optimizer remembers for each weight.</summary>
    public abstract int SlotCount { get; }

    /// <summary>What a slot's values are before the first step; 0.</summary>
    /// <param name="index">The slot's number, from 0.</param>
    public virtual float InitialSlotValue(int index) => 0;

    /// <summary>Moves a run of weights by one step. Every weight must be treated alike, whatever run it is in; runs are updated at the same time on several threads.</summary>
    /// <param name="update">The weights, their gradients and what is remembered of them.</param>
    public abstract void Update(in WeightUpdate update);

    /// <summary>The optimizer of a Keras name.</summary>
    /// <param name="name">Keras's name.</param>
    /// <param name="learningRate">The step size; null for Keras's default.</param>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest.</exception>
    public static Optimizer Get(string name, double? learningRate = null) => NameLookup.Find(ByName, name, "optimizer")(learningRate);

    /// <summary>Every known name.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <exception cref="ArgumentException">Options exclude one another.</exception>
    internal static void Validate(Optimizer optimizer)
    {
        if (new[] { optimizer.ClipNorm, optimizer.ClipValue, optimizer.GlobalClipNorm }.Count(bound => bound is not null) > 1)
            throw new ArgumentException($"The optimizer {optimizer.Name} has several of {nameof(ClipNorm)}, {nameof(ClipValue)} and {nameof(GlobalClipNorm)}; expected at most one.", nameof(optimizer));
    }

    private static readonly Dictionary<string, Func<double?, Optimizer>> ByName = new(StringComparer.Ordinal)
    {
        ["sgd"] = static rate => new Sgd(rate ?? 0.01),
        ["rmsprop"] = static rate => new RMSprop(rate ?? 0.001),
        ["adam"] = static rate => new Adam(rate ?? 0.001),
        ["adamw"] = static rate => new AdamW(rate ?? 0.001),
        ["adamax"] = static rate => new Adamax(rate ?? 0.001),
        ["nadam"] = static rate => new Nadam(rate ?? 0.001),
        ["adagrad"] = static rate => new Adagrad(rate ?? 0.001),
        ["adadelta"] = static rate => new Adadelta(rate ?? 0.001),
        ["ftrl"] = static rate => new Ftrl(rate ?? 0.001),
        ["lion"] = static rate => new Lion(rate ?? 0.001),
    };
}
