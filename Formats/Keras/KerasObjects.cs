using ConvNets.ModelDefs;

namespace ConvNets.Formats.Keras;

/// <summary>Keras's initializers and regularizers: one entry each.</summary>
internal static class KerasObjects
{
    private static readonly Dictionary<string, Func<KerasArguments, Initializer>> Initializers = new(StringComparer.Ordinal)
    {
        ["Zeros"] = static _ => new Zeros(),
        ["Ones"] = static _ => new Ones(),
        ["Constant"] = static a => new Constant(a.Number("value")),
        ["RandomNormal"] = static a => new RandomNormal(a.Number("mean"), a.Number("stddev", 0.05), a.Seed),
        ["RandomUniform"] = static a => new RandomUniform(a.Number("minval", -0.05), a.Number("maxval", 0.05), a.Seed),
        ["TruncatedNormal"] = static a => new TruncatedNormal(a.Number("mean"), a.Number("stddev", 0.05), a.Seed),
        ["VarianceScaling"] = static a =>
            new VarianceScaling(a.Number("scale", 1), a.Option("mode", FanMode.FanIn), a.Option("distribution", RandomDistribution.TruncatedNormal), a.Seed),
        ["GlorotUniform"] = static a => new GlorotUniform(a.Seed),
        ["GlorotNormal"] = static a => new GlorotNormal(a.Seed),
        ["HeUniform"] = static a => new HeUniform(a.Seed),
        ["HeNormal"] = static a => new HeNormal(a.Seed),
        ["LecunUniform"] = static a => new LecunUniform(a.Seed),
        ["LecunNormal"] = static a => new LecunNormal(a.Seed),
        ["Orthogonal"] = static a => new Orthogonal(a.Number("gain", 1), a.Seed),
        ["OrthogonalInitializer"] = static a => new Orthogonal(a.Number("gain", 1), a.Seed),
        ["Identity"] = static a => new Identity(a.Number("gain", 1)),
        ["IdentityInitializer"] = static a => new Identity(a.Number("gain", 1)),
    };

    private static readonly Dictionary<string, Func<KerasArguments, Regularizer>> Regularizers = new(StringComparer.Ordinal)
    {
        ["L1"] = static a => new L1(a.Number("l1", 0.01)),
        ["L2"] = static a => new L2(a.Number("l2", 0.01)),
        ["L1L2"] = static a => new L1L2(a.Number("l1"), a.Number("l2")),
    };

    public static Initializer Initializer(KerasArguments arguments) => Make(Initializers, arguments, "initializer");

    public static Regularizer Regularizer(KerasArguments arguments) => Make(Regularizers, arguments, "regularizer");

    private static T Make<T>(Dictionary<string, Func<KerasArguments, T>> table, KerasArguments arguments, string what)
    {
        if (!table.TryGetValue(arguments.ClassName, out Func<KerasArguments, T>? make))
            throw arguments.Unknown("class_name", $"an {what} of {string.Join(", ", table.Keys)}", arguments.ClassName);

        T made = make(arguments);
        arguments.ThrowIfAnyLeft();
        return made;
    }
}
