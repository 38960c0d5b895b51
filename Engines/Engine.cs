using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>What runs models. Every engine takes the same models, losses, metrics and optimizers; weights move between them.</summary>
public abstract class Engine
{
    /// <summary>The engine's name, as the option <c>--engine</c> takes it.</summary>
    public abstract string Name { get; }

    /// <summary>Our own kernels in C#, for any processor; the default.</summary>
    public static Engine Managed { get; } = new ManagedEngine(new ManagedOptions());

    /// <summary>The managed engine, with options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static Engine ManagedWith(ManagedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ManagedOptions.Validate(options);
        return new ManagedEngine(options);
    }

    /// <summary>TensorFlow's graph runtime, through its native library, which is looked for when the first model is made ready to run.</summary>
    /// <param name="options">Threads and device; TensorFlow's own choice when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static Engine TensorFlow(TensorFlowOptions? options = null)
    {
        options ??= new TensorFlowOptions();
        TensorFlowOptions.Validate(options);
        return new TensorFlowEngine(options);
    }

    /// <summary>The engine of a name: <c>managed</c> or <c>tensorflow</c>.</summary>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static Engine Get(string name) => NameLookup.Find(ByName, name, "engine")();

    /// <summary>Every known name.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    private static readonly Dictionary<string, Func<Engine>> ByName = new(StringComparer.Ordinal)
    {
        [ManagedEngine.EngineName] = static () => Managed,
        [TensorFlowEngine.EngineName] = static () => TensorFlow(),
    };

    /// <summary>Makes a model ready to run.</summary>
    internal abstract Executor CreateExecutor(ExecutorRequest request);

    /// <summary>The engine's name.</summary>
    public override string ToString() => Name;
}

/// <summary>What an engine needs to know to run a model.</summary>
/// <param name="Model">The model, built.</param>
/// <param name="Optimizer">How its weights follow their gradients.</param>
/// <param name="Losses">A loss for each output.</param>
/// <param name="LossWeights">What each output's loss counts.</param>
/// <param name="Threads">How many threads compute.</param>
/// <param name="Seed">What random layers draw from.</param>
internal sealed record ExecutorRequest(Model Model, Optimizer Optimizer, IReadOnlyList<Loss> Losses, IReadOnlyList<float> LossWeights, int Threads, long Seed)
{
    /// <summary>Whether the derivatives with respect to the model's inputs are wanted too.</summary>
    public bool InputGradients { get; init; }
}
