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

    public long? Seed => Optional("seed") is { } seed ? seed.GetInt64() : null;

    public int[] Integers(string name) => Optional(name) is not { } value ? [] : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : [value.GetInt32()];

    /// <summary>A number or a list of numbers, however deep; null where absent.</summary>
    public double[]? Numbers(string name) => Optional(name) is { } value ? [.. Flat(value)] : null;

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

    public Initializer? Initializer(string name) => Optional(name) is { } value ? KerasObjects.Initializer(Nested(value, name)) : null;

    public Regularizer? Regularizer(string name) => Optional(name) is { } value ? KerasObjects.Regularizer(Nested(value, name)) : null;

    /// <summary>Takes an argument that must have the value that is the only one known here.</summary>
    public void Expect(string name, string only)
    {
        if (Optional(name) is { } value && !string.Equals(value.ToString(), only, StringComparison.OrdinalIgnoreCase))
            throw Unknown(name, only, value.ToString());
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
