using System.Globalization;
using System.Text.Json;
using ConvNets.ModelDefs;

namespace ConvNets.Formats.Keras;

/// <summary>The arguments of one layer in a Keras configuration. What is never asked for is something that is not known here, and is refused.</summary>
internal sealed class KerasArguments
{
    private readonly Dictionary<string, JsonElement> _left;
    private readonly string _of;

    /// <param name="className">The object's class.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="of">What it belongs to, for messages.</param>
    public KerasArguments(string className, JsonElement config, string of)
    {
        ClassName = className;
        _of = of;
        _left = config.EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
    }

    /// <summary>The object's class.</summary>
    public string ClassName { get; }

    /// <summary>The layer's name.</summary>
    public string? Name => Optional("name")?.GetString();

    /// <summary>An argument; null where it is null or absent.</summary>
    public JsonElement? Optional(string name) => _left.Remove(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public int Integer(string name) => Required(name).GetInt32();

    public double Number(string name, double otherwise = 0) => Optional(name)?.GetDouble() ?? otherwise;

    public bool Flag(string name, bool otherwise) => Optional(name)?.GetBoolean() ?? otherwise;

    /// <summary>A seed: a number, or the generator that Keras makes of one.</summary>
    public long? Seed => Optional("seed") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } generator => generator.GetProperty("config").GetProperty("seed").GetInt64(),
        { } seed => seed.GetInt64(),
    };

    public int[] Integers(string name) => Optional(name) is not { } value ? [] : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : [value.GetInt32()];

    /// <summary>A list of dimensions of which some are open; null where absent.</summary>
    public int?[]? Dimensions(string name) => Optional(name) is { } value ? [.. value.EnumerateArray().Select(d => d.ValueKind == JsonValueKind.Null ? (int?)null : d.GetInt32())] : null;

    /// <summary>A number or a list of numbers, however deep; null where absent.</summary>
    public double[]? Numbers(string name) => Optional(name) is { } value ? [.. Flat(value)] : null;

    /// <summary>Statistics along one or several axes; null where absent.</summary>
    public double[]? Statistics(string name)
    {
        // Flattened, an axis of length 1 that stands for more places would no longer show.
        if (_left.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array && value[0].ValueKind == JsonValueKind.Array && (value.GetArrayLength() == 1 || value[0].GetArrayLength() == 1))
            throw Unknown(name, "numbers for each place, without axes of length 1", value.ToString());
        return Numbers(name);
    }

    /// <summary>A height and a width.</summary>
    public Size2D Size(string name) => OptionalSize(name) ?? throw Missing(name);

    public Size2D? OptionalSize(string name) => Integers(name) switch
    {
        [] => null,
        [int side] => side,
        [int height, int width] => (height, width),
        _ => throw Unknown(name, "a number or two"),
    };

    public FactorRange Range(string name) => OptionalRange(name) ?? throw Missing(name);

    public FactorRange? OptionalRange(string name) => Numbers(name) switch
    {
        null => null,
        [double factor] => factor,
        [double lower, double upper] => (lower, upper),
        _ => throw Unknown(name, "a number or two"),
    };

    public (double Least, double Greatest)? ValueRange => Numbers("value_range") is [double least, double greatest] ? (least, greatest) : null;

    /// <summary>Rows and columns on each side: ((top, bottom), (left, right)), or shorter forms.</summary>
    public Margins Margins(string name) => Numbers(name) switch
    {
        [double all] => (int)all,
        [double vertical, double horizontal] => ((int)vertical, (int)horizontal),
        [double top, double bottom, double left, double right] => (((int)top, (int)bottom), ((int)left, (int)right)),
        _ => throw Unknown(name, "one, two or four numbers"),
    };

    public Padding Padding => Optional("padding")?.GetString() switch
    {
        null or "valid" => ModelDefs.Padding.Valid,
        "same" => ModelDefs.Padding.Same,
        _ => throw Unknown("padding", "valid or same"),
    };

    /// <summary>An enumeration's value by its name in snake case.</summary>
    public E Option<E>(string name, E otherwise) where E : struct, Enum
    {
        if (Optional(name)?.GetString() is not { } text)
            return otherwise;
        return Enum.TryParse(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out E value) ? value : throw Unknown(name, string.Join(", ", Enum.GetNames<E>()), text);
    }

    public ActivationFunction Activation(string name = "activation")
    {
        if (NestedLayer(name) is { } layer)
            return AsActivation(KerasLayers.Make(layer, $"{_of}, {name}"))
                ?? throw Unknown(name, "an activation without arguments of its own; put such a layer behind this one instead", layer.ClassName);
        if (Optional(name) is not { } value)
            return ActivationFunction.Linear;
        string? text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.TryGetProperty("config", out JsonElement config) && config.ValueKind == JsonValueKind.String ? config.GetString() : null;
        try
        {
            return KerasNames.ParseActivation(text ?? value.ToString());
        }
        catch (ArgumentException exception)
        {
            throw new ModelFormatException($"{_of}: {exception.Message}", exception);
        }
    }

    /// <summary>An argument that is a layer, as an activation may be; null where it is none. It takes this layer's name.</summary>
    public KerasArguments? NestedLayer(string name)
    {
        if (!_left.TryGetValue(name, out JsonElement value) || value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("config", out JsonElement config) || config.ValueKind != JsonValueKind.Object)
            return null;
        _left.Remove(name);
        KerasArguments nested = Nested(value, name);
        if (_left.TryGetValue("name", out JsonElement own))
            nested._left["name"] = own;
        return nested;
    }

    public Initializer? Initializer(string name) => Optional(name) is { } value ? KerasObjects.Initializer(Nested(value, name)) : null;

    public Regularizer? Regularizer(string name) => Optional(name) is { } value ? KerasObjects.Regularizer(Nested(value, name)) : null;

    /// <summary>Takes an argument that must have the value that is the only one known here.</summary>
    public void Expect(string name, string only)
    {
        if (Optional(name) is { } value && !string.Equals(value.ToString(), only, StringComparison.OrdinalIgnoreCase))
            throw Unknown(name, only, value.ToString());
    }

    /// <summary>Takes the type in which the layer computes, which is single precision here: a name, or the policy that Keras makes of one.</summary>
    public void ExpectSinglePrecision()
    {
        if (Optional("dtype") is not { } type)
            return;
        string? name = type.ValueKind == JsonValueKind.Object && type.TryGetProperty("config", out JsonElement config) && config.TryGetProperty("name", out JsonElement policy) ? policy.GetString() : type.ToString();
        if (name != "float32")
            throw Unknown("dtype", "float32", name);
    }

    /// <summary>Takes arguments that say nothing about what the layer computes.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _left.Remove(name);
    }

    /// <exception cref="ModelFormatException">An argument was never asked for.</exception>
    public void ThrowIfAnyLeft()
    {
        foreach ((string name, JsonElement value) in _left)
        {
            if (value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
                throw new ModelFormatException($"{_of} has an argument \"{name}\" ({value}), which is not known here.");
        }
    }

    public ModelFormatException Unknown(string name, string expected, string? received = null) =>
        new($"{_of} has an argument \"{name}\"{(received is null ? "" : $" ({received})")} that is not known here; expected {expected}.");

    private JsonElement Required(string name) => Optional(name) ?? throw Missing(name);

    private ModelFormatException Missing(string name) => new($"{_of} lacks the argument \"{name}\".");

    /// <summary>The activation that a layer without arguments of its own is; null for others.</summary>
    private static ActivationFunction? AsActivation(Layer layer) => layer switch
    {
        Activation activation => activation.Function,
        ReLU { NegativeSlope: 0, Threshold: 0, MaxValue: null } => ActivationFunction.Relu,
        ReLU { NegativeSlope: 0, Threshold: 0, MaxValue: 6 } => ActivationFunction.Relu6,
        LeakyReLU { NegativeSlope: 0.2 } => ActivationFunction.LeakyRelu,
        ELU { Alpha: 1 } => ActivationFunction.Elu,
        Softmax { Axes: [-1] } => ActivationFunction.Softmax,
        _ => null,
    };

    private KerasArguments Nested(JsonElement value, string name)
    {
        // Keras 3 writes {"class_name", "config"}; a plain string stands for the class with its defaults.
        if (value.ValueKind == JsonValueKind.String)
            return new KerasArguments(value.GetString()!, JsonDocument.Parse("{}").RootElement, $"{_of}, {name}");
        return new KerasArguments(value.GetProperty("class_name").GetString()!, value.GetProperty("config"), $"{_of}, {name}");
    }

    private static IEnumerable<double> Flat(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Flat),
        JsonValueKind.String => [double.Parse(value.GetString()!, CultureInfo.InvariantCulture)],
        _ => [value.GetDouble()],
    };
}
