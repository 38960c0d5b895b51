using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNets.ModelDefs;

namespace ConvNets.Formats;

/// <summary>
/// The definition of a model, without weights, as JSON: its layers with the arguments of their constructors, and which is called on which. It is this project's own
/// format; layers need no code of their own for it, since every argument of a layer is also a property of it.
/// </summary>
public static class ModelJson
{
    /// <summary>The JSON of a model.</summary>
    /// <param name="model">A model that is built.</param>
    /// <exception cref="ModelException">The model is not built.</exception>
    /// <exception cref="ModelFormatException">A layer is not one of this project's, or an argument of it is not.</exception>
    public static string Write(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return WriteModel(model).ToJsonString();
    }

    /// <summary>The model of a JSON.</summary>
    /// <exception cref="ModelFormatException">The text is no JSON of a model.</exception>
    public static Model Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return ReadModel(JsonNode.Parse(json)!);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException or TargetInvocationException or ModelException)
        {
            throw new ModelFormatException($"The text describes no model: {(exception.InnerException ?? exception).Message}", exception);
        }
    }

    private static JsonObject WriteModel(Model model)
    {
        List<Node> nodes = [.. model.Nodes];
        Layer[] layers = [.. nodes.Select(node => node.Layer).Distinct(ReferenceEqualityComparer.Instance).Cast<Layer>()];
        return new JsonObject
        {
            ["class_name"] = model.ClassName,
            ["name"] = model.Name,
            ["trainable"] = model.Trainable,
            ["layers"] = new JsonArray([.. layers.Select(WriteLayer)]),
            ["calls"] = new JsonArray([.. nodes.Select(node => (JsonNode)new JsonObject
            {
                ["layer"] = Array.IndexOf(layers, node.Layer),
                ["inputs"] = References(node.Inputs),
            })]),
            ["inputs"] = References(model.Inputs),
            ["outputs"] = References(model.Outputs),
        };

        JsonArray References(IEnumerable<KerasTensor> tensors) => new([.. tensors.Select(t => (JsonNode)new JsonArray(nodes.IndexOf(t.Node), t.Index))]);
    }

    private static JsonNode WriteLayer(Layer layer) => layer switch
    {
        Model nested => WriteModel(nested),
        InputLayer input => new JsonObject { ["class_name"] = nameof(InputLayer), ["name"] = input.Name, ["shape"] = JsonValues.Write(input.Output.Shape) },
        _ => new JsonObject
        {
            ["class_name"] = layer.GetType().Name,
            ["trainable"] = layer.Trainable,
            ["activity_regularizer"] = layer is ActivityRegularization ? null : JsonValues.Write(layer.ActivityRegularizer),
            ["config"] = JsonValues.WriteArguments(layer),
        },
    };

    private static Model ReadModel(JsonNode json)
    {
        Layer[] layers = [.. json["layers"]!.AsArray().Select(layer => ReadLayer(layer!))];
        string? name = (string?)json["name"];
        Model model;
        if ((string?)json["class_name"] == nameof(Sequential))
        {
            var sequential = new Sequential(name);
            foreach (Layer layer in layers)
                sequential.Add(layer);
            model = sequential;
        }
        else
        {
            var outputs = new List<IReadOnlyList<KerasTensor>>();
            foreach (JsonNode? call in json["calls"]!.AsArray())
            {
                Layer layer = layers[(int)call!["layer"]!];
                outputs.Add(layer is InputLayer input ? [input.Output] : layer.Call([.. Tensors(call["inputs"]!)]).Node.Outputs);
            }
            model = new Model([.. Tensors(json["inputs"]!)], [.. Tensors(json["outputs"]!)], name);

            IEnumerable<KerasTensor> Tensors(JsonNode references) => references.AsArray().Select(r => outputs[(int)r![0]!][(int)r[1]!]);
        }
        model.Trainable = (bool)json["trainable"]!;
        return model;
    }

    private static Layer ReadLayer(JsonNode json)
    {
        string className = (string)json["class_name"]!;
        if (json["layers"] is not null)
            return ReadModel(json);
        if (className == nameof(InputLayer))
            return new InputLayer((TensorShape)JsonValues.Read(json["shape"], typeof(TensorShape))!, (string?)json["name"]);
        var layer = (Layer)JsonValues.ReadArguments(className, typeof(Layer), json["config"]!);
        layer.Trainable = (bool)json["trainable"]!;
        if (JsonValues.Read(json["activity_regularizer"], typeof(Regularizer)) is Regularizer regularizer)
            layer.ActivityRegularizer = regularizer;
        return layer;
    }
}
