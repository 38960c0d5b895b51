using System.Text.Json;

namespace ConvNets.Engines;

/// <summary>Optimizers and schedules from Keras's configuration (<c>keras.optimizers.serialize</c>).</summary>
internal static class KerasOptimizers
{
    /// <summary>The optimizer of a serialized one.</summary>
    /// <exception cref="ArgumentException">Its class, its schedule's or an argument is unknown.</exception>
    public static Optimizer Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return KerasConfig.Parse(document.RootElement, Optimizers, "optimizer");
    }

    private static readonly Dictionary<string, Func<KerasConfig, Optimizer>> Optimizers = new(StringComparer.Ordinal)
    {
        ["SGD"] = static c => WithOptions(new Sgd(Rate(c), c.Number("momentum", 0), c.Flag("nesterov")), c),
        ["RMSprop"] = static c => WithOptions(new RMSprop(Rate(c), c.Number("rho", 0.9), c.Number("momentum", 0), c.Number("epsilon", 1e-7), c.Flag("centered")), c),
        ["Adam"] = static c => WithOptions(new Adam(Rate(c), c.Number("beta_1", 0.9), c.Number("beta_2", 0.999), c.Number("epsilon", 1e-7), c.Flag("amsgrad")), c),
        ["AdamW"] = static c => WithOptions(
            new AdamW(Rate(c), c.Number("weight_decay", 0.004), c.Number("beta_1", 0.9), c.Number("beta_2", 0.999), c.Number("epsilon", 1e-7), c.Flag("amsgrad")), c),
        ["Adamax"] = static c => WithOptions(new Adamax(Rate(c), c.Number("beta_1", 0.9), c.Number("beta_2", 0.999), c.Number("epsilon", 1e-7)), c),
        ["Nadam"] = static c => WithOptions(new Nadam(Rate(c), c.Number("beta_1", 0.9), c.Number("beta_2", 0.999), c.Number("epsilon", 1e-7)), c),
        ["Adagrad"] = static c => WithOptions(new Adagrad(Rate(c), c.Number("initial_accumulator_value", 0.1), c.Number("epsilon", 1e-7)), c),
        ["Adadelta"] = static c => WithOptions(new Adadelta(Rate(c), c.Number("rho", 0.95), c.Number("epsilon", 1e-7)), c),
        ["Ftrl"] = static c => WithOptions(new Ftrl(Rate(c), c.Number("learning_rate_power", -0.5), c.Number("initial_accumulator_value", 0.1), c.Number("l1_regularization_strength", 0),
            c.Number("l2_regularization_strength", 0), c.Number("l2_shrinkage_regularization_strength", 0), c.Number("beta", 0)), c),
        ["Lion"] = static c => WithOptions(new Lion(Rate(c), c.Number("beta_1", 0.9), c.Number("beta_2", 0.99)), c),
    };

    private static readonly Dictionary<string, Func<KerasConfig, LearningRateSchedule>> Schedules = new(StringComparer.Ordinal)
    {
        ["ExponentialDecay"] = static c => Named(c, new ExponentialDecay(c.Number("initial_learning_rate", 0), c.Integer("decay_steps", 0), c.Number("decay_rate", 0), c.Flag("staircase"))),
        ["InverseTimeDecay"] = static c => Named(c, new InverseTimeDecay(c.Number("initial_learning_rate", 0), c.Integer("decay_steps", 0), c.Number("decay_rate", 0), c.Flag("staircase"))),
        ["PiecewiseConstantDecay"] = static c => Named(c, new PiecewiseConstantDecay(List(c, "boundaries").Select(b => (long)b), List(c, "values"))),
        ["PolynomialDecay"] = static c => Named(c,
            new PolynomialDecay(c.Number("initial_learning_rate", 0), c.Integer("decay_steps", 0), c.Number("end_learning_rate", 0.0001), c.Number("power", 1), c.Flag("cycle"))),
        ["CosineDecay"] = static c => Named(c,
            new CosineDecay(c.Number("initial_learning_rate", 0), c.Integer("decay_steps", 0), c.Number("alpha", 0), c.Find("warmup_target")?.GetDouble(), c.Integer("warmup_steps", 0))),
        ["CosineDecayRestarts"] = static c => Named(c,
            new CosineDecayRestarts(c.Number("initial_learning_rate", 0), c.Integer("first_decay_steps", 0), c.Number("t_mul", 2), c.Number("m_mul", 1), c.Number("alpha", 0))),
    };

    private static double[] List(KerasConfig config, string name) => [.. config.Find(name)?.EnumerateArray().Select(v => v.GetDouble()) ?? []];

    private static LearningRateSchedule Named(KerasConfig config, LearningRateSchedule schedule)
    {
        config.Ignore("name");
        return schedule;
    }

    /// <summary>A fixed learning rate; where there is a schedule, <see cref="WithOptions"/> takes it.</summary>
    private static double Rate(KerasConfig config) => config.Peek("learning_rate") is { ValueKind: JsonValueKind.Number } rate ? rate.GetDouble() : 0;

    /// <summary>Sets the options that all optimizers have; they can only be set with a name where they are made, hence by reflection here.</summary>
    private static Optimizer WithOptions(Optimizer optimizer, KerasConfig config)
    {
        void Set(string property, object? value)
        {
            if (value is not null)
                typeof(Optimizer).GetProperty(property)!.SetValue(optimizer, value);
        }

        config.Ignore("name");
        if (config.Find("learning_rate") is { ValueKind: JsonValueKind.Object } schedule)
            Set(nameof(Optimizer.Schedule), KerasConfig.Parse(schedule, Schedules, "learning rate schedule"));
        Set(nameof(Optimizer.WeightDecay), config.Find("weight_decay")?.GetDouble());
        Set(nameof(Optimizer.ClipNorm), config.Find("clipnorm")?.GetDouble());
        Set(nameof(Optimizer.ClipValue), config.Find("clipvalue")?.GetDouble());
        Set(nameof(Optimizer.GlobalClipNorm), config.Find("global_clipnorm")?.GetDouble());
        Set(nameof(Optimizer.UseEma), config.Flag("use_ema"));
        Set(nameof(Optimizer.EmaMomentum), config.Find("ema_momentum")?.GetDouble());
        Set(nameof(Optimizer.EmaOverwriteFrequency), config.Find("ema_overwrite_frequency")?.GetInt32());
        Set(nameof(Optimizer.GradientAccumulationSteps), config.Find("gradient_accumulation_steps")?.GetInt32());
        return optimizer;
    }
}
