using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>
/// What ML.NET has to load of a saved model: all but the ONNX models, in whose place ours come. Chains of no parts stand in for them, so that neither they nor ONNX Runtime, which takes
/// longer than all else, are loaded to be thrown away.
/// </summary>
internal static class StockParts
{
    private const string Key = "Model.key";

    /// <summary>Loads them.</summary>
    /// <param name="catalog">What loads.</param>
    /// <param name="archive">The saved model.</param>
    /// <param name="inputSchema">The schema that was saved with it.</param>
    public static ITransformer Load(ModelOperationsCatalog catalog, ZipArchive archive, out DataViewSchema inputSchema)
    {
        // Saved transformers of ours begin with the ONNX model.
        string[] onnx = [.. archive.Entries.Where(IsOurs).Select(entry => $"{entry.FullName[..^entry.Name.Length]}Transform_000/")];
        using var stream = new MemoryStream();
        using (var stock = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => !IsOurs(entry) && !Array.Exists(onnx, folder => entry.FullName.StartsWith(folder, StringComparison.Ordinal))))
                Copy(entry, stock, entry.FullName);
            using ZipArchive empty = EmptyChain(catalog);
            foreach (string folder in onnx)
                Copy(empty.GetEntry($"{SavedModel.Root}/{Key}")!, stock, folder + Key);
        }
        stream.Position = 0;
        return catalog.Load(stream, out inputSchema);
    }

    private static bool IsOurs(ZipArchiveEntry entry) => entry.Name is NetworkEntry.Name or PixelsEntry.Name;

    private static ZipArchive EmptyChain(ModelOperationsCatalog catalog)
    {
        var stream = new MemoryStream();
        catalog.Save(new TransformerChain<ITransformer>(), inputSchema: null, stream);
        return new ZipArchive(stream);
    }

    private static void Copy(ZipArchiveEntry entry, ZipArchive to, string name)
    {
        using Stream source = entry.Open(), target = to.CreateEntry(name, CompressionLevel.NoCompression).Open();
        source.CopyTo(target);
    }
}
