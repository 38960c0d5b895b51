using System.Text.Json;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The <c>config</c> of a serialized Keras object: its arguments by name. What is never asked for is something we do not know, and is refused.</summary>
internal sealed class KerasConfig
{
    private readonly Dictionary<string, JsonElement> _left;
    private readonly string _of;

    private KerasConfig(JsonElement config, string of)
    {
        _of = of;
        _left = config.EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
    }

    /// <summary>Makes an object of its serialized form: <c>{"class_name": …, "config": {…}}</c>.</summary>
    /// <param name="serialized">The form.</param>
    /// <param name="table">What makes an object of each class name.</param>
    /// <param name="what">What the object is, for messages.</param>
    /// <exception cref="ArgumentException">The class is unknown; the message lists the nearest.</exception>
    /// <exception cref="NotSupportedException">One of its arguments is unknown.</exception>
    public static T Parse<T>(JsonElement serialized, IReadOnlyDictionary<string, Func<KerasConfig, T>> table, string what)
    {
        string name = serialized.GetProperty("class_name").GetString()!;
        Func<KerasConfig, T> make = NameLookup.Find(table, name, what);
        var config = new KerasConfig(serialized.GetProperty("config"), $"{what} {name}");
        T made = make(config);
        config.ThrowIfAnyLeft();
        return made;
    }

    /// <summary>An argument; null where it is null or not there.</summary>
    public JsonElement? Find(string name) => _left.Remove(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>An argument, which is left to be asked for again.</summary>
    public JsonElement? Peek(string name) => _left.TryGetValue(name, out JsonElement value) ? value : null;

    public double Number(string name, double otherwise) => Find(name)?.GetDouble() ?? otherwise;

    public int Integer(string name, int otherwise) => Find(name)?.GetInt32() ?? otherwise;

    public bool Flag(string name) => Find(name)?.GetBoolean() ?? false;

    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _left.Remove(name);
    }

    private void ThrowIfAnyLeft()
    {
        foreach ((string name, JsonElement value) in _left)
        {
            if (value.ValueKind != JsonValueKind.Null)
                throw new NotSupportedException($"The {_of} has an argument \"{name}\" ({value}), which is not known here.");
        }
    }
}
