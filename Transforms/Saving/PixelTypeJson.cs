using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>The type of a column of pixels as JSON.</summary>
internal static class PixelTypeJson
{
    public static JsonObject Write(VectorDataViewType type) => new()
    {
        ["item"] = type.ItemType == NumberDataViewType.Byte ? "Byte" : "Single",
        ["dimensions"] = JsonSerializer.SerializeToNode(type.Dimensions),
    };

    public static VectorDataViewType Read(JsonNode json) =>
        new((string)json["item"]! == "Byte" ? NumberDataViewType.Byte : NumberDataViewType.Single, json["dimensions"].Deserialize<int[]>()!);
}
