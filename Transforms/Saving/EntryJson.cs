using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNets.Formats;
using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>The beginning of our own entries in a saved model, which ML.NET ignores: a version and a JSON.</summary>
internal static class EntryJson
{
    private const int Version = 1;

    public static void Write(BinaryWriter writer, JsonObject json)
    {
        writer.Write(Version);
        writer.Write(json.ToJsonString());
    }

    /// <summary>Makes something of an entry.</summary>
    /// <exception cref="ModelFormatException">The entry is of a later version, or damaged.</exception>
    public static T Read<T>(BinaryReader reader, Func<JsonNode, T> make)
    {
        try
        {
            int version = reader.ReadInt32();
            return version == Version
                ? make(JsonNode.Parse(reader.ReadString())!)
                : throw new ModelFormatException($"Found an entry of version {version} in the model; this program reads version {Version}.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException or IOException or ModelException)
        {
            throw new ModelFormatException($"The model in the file is damaged: {exception.Message}", exception);
        }
    }
}
