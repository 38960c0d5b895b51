using System.Text.Json.Nodes;
using ConvNets.Formats;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>What the folder of a saved <see cref="ScalePixelsTransformer"/> holds besides ML.NET's own parts: its arguments.</summary>
internal static class PixelsEntry
{
    /// <summary>The entry's name.</summary>
    public const string Name = "ScalePixels";

    public static void Write(BinaryWriter writer, string outputColumnName, string inputColumnName, VectorDataViewType type, float divisor) => EntryJson.Write(writer, new JsonObject
    {
        ["output_column"] = outputColumnName,
        ["input_column"] = inputColumnName,
        ["input_type"] = PixelTypeJson.Write(type),
        ["divisor"] = divisor,
    });

    /// <exception cref="ModelFormatException">The entry is of a later version, or damaged.</exception>
    public static ScalePixelsTransformer Read(BinaryReader reader) => EntryJson.Read(reader, json => new ScalePixelsTransformer(
        (string)json["output_column"]!, (string)json["input_column"]!, PixelTypeJson.Read(json["input_type"]!), (float)json["divisor"]!));
}
