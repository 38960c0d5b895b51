using System.Text.Json;
using ConvNets.Formats.Keras;
using ConvNets.ModelDefs;

namespace ConvNets.Formats;

/// <summary>Reads the description of a model that Keras 3 writes as JSON (<c>model.to_json()</c>): Sequential and functional models, nested models, shared layers, several inputs and outputs.</summary>
/// <example><code>Model model = KerasConfig.Parse(File.ReadAllText("config.json"));</code></example>
public static class KerasConfig
{
    /// <summary>The model that a JSON text describes, built where the text says its input's shape. It has no weights.</summary>
    /// <param name="json">What <c>model.to_json()</c> gives.</param>
    /// <exception cref="ModelFormatException">The text is no such JSON, or holds a layer or an argument that is not known here; the message names the layer.</exception>
    /// <exception cref="ModelException">The layers do not fit together.</exception>
    public static Model Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            return Object(document.RootElement) as Model ?? throw new ModelFormatException("The text describes a layer, not a model.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"The text is no configuration of a Keras model: {exception.Message}", exception);
        }
    }

    private static Layer Object(JsonElement serialized)
    {
        string className = serialized.GetProperty("class_name").GetString()!;
        JsonElement config = serialized.GetProperty("config");
        string displayName = config.TryGetProperty("name", out JsonElement name) ? $"{className} \"{name}\"" : className;
        switch (className)
        {
            case "Sequential":
                return Sequential(config);
            case "Functional" or "Model":
                return Functional(config, displayName);
            case "InputLayer":
                return Input(config, displayName);
            default:
                return KerasLayers.Make(new KerasArguments(className, config, displayName), displayName);
        }
    }

    private static InputLayer Input(JsonElement config, string displayName)
    {
        JsonElement shape = config.TryGetProperty("batch_shape", out JsonElement batchShape) ? batchShape : config.GetProperty("batch_input_shape");
        int?[] sample = [.. shape.EnumerateArray().Skip(1).Select(d => d.ValueKind == JsonValueKind.Null ? (int?)null : d.GetInt32())];
        if (sample.Contains(null))
            throw new ModelFormatException($"{displayName} leaves a dimension besides the batch open: {shape}; models here have fixed shapes.");
        return new InputLayer([.. sample.Select(d => d!.Value)], config.TryGetProperty("name", out JsonElement name) ? name.GetString() : null);
    }

    private static Sequential Sequential(JsonElement config)
    {
        var model = new Sequential(config.TryGetProperty("name", out JsonElement name) ? name.GetString() : null);
        foreach (JsonElement layer in config.GetProperty("layers").EnumerateArray())
            model.Add(Object(layer));
        model.Trainable = !config.TryGetProperty("trainable", out JsonElement trainable) || trainable.GetBoolean();
        return model;
    }

    /// <summary>Makes the layers, then their calls: again and again those whose inputs are there, in each layer's own order, which other layers refer to.</summary>
    private static Model Functional(JsonElement config, string displayName)
    {
        var layers = new Dictionary<string, Layer>(StringComparer.Ordinal);
        var modules = new Dictionary<string, string>(StringComparer.Ordinal);
        var calls = new Dictionary<string, Queue<JsonElement>>(StringComparer.Ordinal);
        var outputs = new Dictionary<string, List<IReadOnlyList<KerasTensor>>>(StringComparer.Ordinal);
        foreach (JsonElement serialized in config.GetProperty("layers").EnumerateArray())
        {
            string name = serialized.TryGetProperty("name", out JsonElement outer) ? outer.GetString()! : serialized.GetProperty("config").GetProperty("name").GetString()!;
            Layer layer = layers[name] = Object(serialized);
            modules[name] = serialized.TryGetProperty("module", out JsonElement module) ? module.GetString() ?? "" : "";
            outputs[name] = layer is InputLayer input ? [[input.Output]] : [];
            calls[name] = new Queue<JsonElement>(layer is InputLayer ? [] : serialized.GetProperty("inbound_nodes").EnumerateArray());
        }
        for (bool moved = true; moved;)
        {
            moved = false;
            foreach ((string name, Queue<JsonElement> waiting) in calls)
            {
                while (waiting.TryPeek(out JsonElement call) && Tensors(call, name) is { } inputs)
                {
                    waiting.Dequeue();
                    outputs[name].Add(layers[name].CallAll(inputs));
                    moved = true;
                }
            }
        }
        if (calls.FirstOrDefault(c => c.Value.Count > 0).Key is { } stuck)
            throw new ModelFormatException($"{layers[stuck]} of {displayName} is called on something that is never computed: the graph has a cycle, or lacks a layer.");
        return new Model(References(config.GetProperty("input_layers")), References(config.GetProperty("output_layers")), config.TryGetProperty("name", out JsonElement own) ? own.GetString() : null)
        {
            Trainable = !config.TryGetProperty("trainable", out JsonElement trainable) || trainable.GetBoolean(),
        };

        // The tensors of a call, or null while one of them is not computed yet.
        List<KerasTensor>? Tensors(JsonElement call, string name)
        {
            foreach (JsonProperty argument in call.GetProperty("kwargs").EnumerateObject())
            {
                if (argument.Name is not ("mask" or "training") || !IsNothing(argument.Value))
                    throw new ModelFormatException($"{layers[name]} is called with an argument \"{argument.Name}\" ({argument.Value}), which is not known here.");
            }
            var found = new List<KerasTensor>();
            if (!Collect(call.GetProperty("args")))
                return null;

            // An operation such as x + y lines its operands' last axes up, a layer the first.
            if (layers[name] is MergeLayer && modules[name].Contains("ops", StringComparison.Ordinal) && found.Any(t => t.Shape.Rank != found[0].Shape.Rank))
                throw new ModelFormatException($"{layers[name]} is an operation on tensors of different ranks, {string.Join(", ", found.Select(t => t.Shape))}, which is not known here; use the layer of that name.");
            return found;

            bool Collect(JsonElement value)
            {
                if (value.ValueKind == JsonValueKind.Array)
                    return value.EnumerateArray().All(Collect);
                if (value.ValueKind != JsonValueKind.Object || value.GetProperty("class_name").GetString() != "__keras_tensor__")
                    throw new ModelFormatException($"{layers[name]} is called on {value}, which is no tensor.");
                if (Find(value.GetProperty("config").GetProperty("keras_history")) is not { } tensor)
                    return false;
                found.Add(tensor);
                return true;
            }
        }

        KerasTensor? Find(JsonElement history)
        {
            string name = history[0].GetString()!;
            if (!outputs.TryGetValue(name, out List<IReadOnlyList<KerasTensor>>? made))
                throw new ModelFormatException($"{displayName} refers to a layer \"{name}\" that it does not have.");
            int node = history[1].GetInt32(), index = history[2].GetInt32();
            return node < made.Count ? made[node][index] : null;
        }

        // One reference ["name", 0, 0], a list of them, or an object of them, whose order is that of its keys.
        List<KerasTensor> References(JsonElement list) =>
            list.ValueKind == JsonValueKind.Object ? [.. list.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).SelectMany(p => References(p.Value))]
            : list[0].ValueKind == JsonValueKind.String ? [Reference(list)] : [.. list.EnumerateArray().SelectMany(References)];

        static bool IsNothing(JsonElement value) =>
            value.ValueKind is JsonValueKind.Null or JsonValueKind.False || value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(IsNothing);

        KerasTensor Reference(JsonElement history) => Find(history) ?? throw new ModelFormatException($"{displayName} refers to {history}, which is never computed.");
    }
}
