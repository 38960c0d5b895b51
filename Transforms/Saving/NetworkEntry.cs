using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>
/// What the folder of a saved <see cref="ConvNetTransformer"/> holds besides ML.NET's own parts: the network as our engines run it. A JSON of everything but the
/// weights, then the weights in the model's order, each its length and its values as little-endian floats.
/// </summary>
internal static class NetworkEntry
{
    /// <summary>The entry's name.</summary>
    public const string Name = "ConvNet";

    /// <summary>Writes a network.</summary>
    /// <exception cref="ModelFormatException">The model has layers that cannot be written.</exception>
    public static void Write(BinaryWriter writer, TrainedNetwork network)
    {
        EntryJson.Write(writer, new JsonObject
        {
            ["task"] = network.Task.Name,
            ["classes"] = network.Classes,
            ["class_names"] = JsonSerializer.SerializeToNode(network.ClassNames),
            ["loss"] = network.Loss.Name,
            ["metrics"] = JsonSerializer.SerializeToNode(network.Metrics),
            ["feature_column"] = network.FeatureColumnName,
            ["feature_type"] = PixelTypeJson.Write(network.FeatureColumnType),
            ["logit_scale"] = network.Scale,
            ["logit_shift"] = network.Shift,
            ["model"] = JsonNode.Parse(ModelJson.Write(network.Model.Definition)),
        });
        foreach (WeightTensor weight in network.Model.Weights)
        {
            writer.Write(weight.Values.Length);
            foreach (float value in weight.Values)
                writer.Write(value);
        }
    }

    /// <summary>Reads a network.</summary>
    /// <param name="reader">The entry.</param>
    /// <param name="options">What it will run on.</param>
    /// <exception cref="ModelFormatException">The entry is of a later version, or damaged.</exception>
    public static TrainedNetwork Read(BinaryReader reader, CompileOptions options) => EntryJson.Read(reader, json =>
    {
        Model model = ModelJson.Read(json["model"]!.ToJsonString());
        return new TrainedNetwork
        {
            Model = new ConvNetModelParameters(model, ReadWeights(reader, model)),
            Task = ScoringTask.Of((string)json["task"]!),
            Classes = (int)json["classes"]!,
            ClassNames = json["class_names"].Deserialize<string[]>()!,
            Loss = CrossEntropy.Named((string)json["loss"]!, model),
            Metrics = json["metrics"].Deserialize<string[]>()!,
            FeatureColumnName = (string)json["feature_column"]!,
            FeatureColumnType = PixelTypeJson.Read(json["feature_type"]!),
            Scale = (float)json["logit_scale"]!,
            Shift = (float)json["logit_shift"]!,
            Options = options,
        };
    });

    private static ModelWeights ReadWeights(BinaryReader reader, Model model) => new(model.WeightSlots.Select(slot =>
    {
        int length = reader.ReadInt32();
        if (length != slot.Spec.Shape.Size)
            throw new FormatException($"Weight \"{slot.Path}\" has {length} values; expected {slot.Spec.Shape.Size}.");
        float[] values = new float[length];
        foreach (ref float value in values.AsSpan())
            value = reader.ReadSingle();
        return new WeightTensor(slot.Path, slot.Spec.Shape, values, slot.Trainable);
    }));
}
