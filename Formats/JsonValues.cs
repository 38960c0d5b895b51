using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNets.ModelDefs;

namespace ConvNets.Formats;

/// <summary>Arguments of layers as JSON. An object of the project's own is written by its constructor: the parameters, and the properties of the same names.</summary>
internal static class JsonValues
{
    /// <summary>A value.</summary>
    public static JsonNode? Write(object? value) => value switch
    {
        null => null,
        Enum => JsonValue.Create(value.ToString()),
        TensorShape shape => new JsonArray([.. shape.Select(d => (JsonNode)d)]),
        _ when IsOurs(value.GetType()) => new JsonObject { ["class_name"] = value.GetType().Name, ["config"] = WriteArguments(value) },
        _ => JsonSerializer.SerializeToNode(value, value.GetType()),
    };

    /// <summary>The arguments that an object was made with.</summary>
    /// <exception cref="ModelFormatException">The object is not one of the project's, or does not show all its arguments.</exception>
    public static JsonObject WriteArguments(object value)
    {
        Type type = value.GetType();
        ConstructorInfo constructor = Constructor(type);
        return new JsonObject(constructor.GetParameters().Select(p => KeyValuePair.Create(p.Name!, Write(Property(type, p)!.GetValue(value)))));
    }

    /// <summary>A value of a type.</summary>
    public static object? Read(JsonNode? json, Type type)
    {
        Type wanted = Nullable.GetUnderlyingType(type) ?? type;
        if (json is null)
            return null;
        if (wanted.IsEnum)
            return Enum.Parse(wanted, (string)json!);
        if (wanted == typeof(TensorShape))
            return new TensorShape(json.AsArray().Select(d => (int)d!).ToArray());
        return IsOurs(wanted) ? ReadArguments((string)json["class_name"]!, wanted, json["config"]!) : json.Deserialize(wanted);
    }

    /// <summary>An object made with arguments.</summary>
    /// <param name="className">Its class.</param>
    /// <param name="type">What it must be.</param>
    /// <param name="config">The arguments.</param>
    public static object ReadArguments(string className, Type type, JsonNode config)
    {
        Type found = typeof(Layer).Assembly.GetType($"{typeof(Layer).Namespace}.{className}") is { IsPublic: true, IsAbstract: false } known && known.IsAssignableTo(type)
            ? known
            : throw new ModelFormatException($"There is no {type.Name} \"{className}\".");
        ConstructorInfo constructor = Constructor(found);
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Read(config[p.Name!], p.ParameterType))]);
    }

    private static bool IsOurs(Type type) => type.Assembly == typeof(Layer).Assembly;

    private static ConstructorInfo Constructor(Type type) =>
        (IsOurs(type) ? type.GetConstructors() : []).Where(c => c.GetParameters().All(p => Property(type, p) is not null)).MaxBy(c => c.GetParameters().Length)
        ?? throw new ModelFormatException($"{type} cannot be written: it is not one of this project's, or does not show all its arguments as properties.");

    /// <summary>The property that shows an argument: of its name, and of a type that it takes.</summary>
    private static PropertyInfo? Property(Type type, ParameterInfo parameter)
    {
        PropertyInfo? property = type.GetProperty(parameter.Name!, BindingFlags.Instance | BindingFlags.Public | BindingFlags.IgnoreCase);
        return property is not null && (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType).IsAssignableFrom(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) ? property : null;
    }
}
