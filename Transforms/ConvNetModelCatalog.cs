using System.IO.Compression;
using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.Transforms;

namespace Microsoft.ML;

/// <summary>Saving and loading models with networks: extensions of <c>mlContext.Model</c>.</summary>
public static class ConvNetModelCatalog
{
    /// <summary>
    /// Saves a model into a .zip as <c>mlContext.Model.Save</c> does, but beside the target, which it then replaces: a failure leaves what was there. An application
    /// that references only Microsoft.ML and Microsoft.ML.OnnxTransformer loads either with <c>mlContext.Model.Load</c>.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of the data that it takes.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="ModelFormatException">A network has layers that ONNX, or the file, cannot carry.</exception>
    public static void SaveConvNet(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => catalog.Save(model, inputSchema, stream));
    }

    /// <summary>Loads a model from a .zip with its networks on our engine, where <c>mlContext.Model.Load</c> would run them with ONNX Runtime.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The file, written by <see cref="SaveConvNet"/> or <c>mlContext.Model.Save</c>.</param>
    /// <param name="inputSchema">The schema that was saved with it.</param>
    /// <param name="options">Engine and threads; the managed engine on all processors when null.</param>
    /// <returns>The model; <see cref="FindConvNet"/> finds the network in it.</returns>
    /// <exception cref="IOException">The file is absent or cannot be read.</exception>
    /// <exception cref="ModelFormatException">The file is no saved model, or has no network in it.</exception>
    public static ITransformer LoadConvNet(this ModelOperationsCatalog catalog, string path, out DataViewSchema inputSchema, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        ITransformer stock;
        ZipArchive archive;
        try
        {
            archive = new ZipArchive(stream);
            stock = StockParts.Load(catalog, archive, out inputSchema);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new ModelFormatException($"{path} is no saved ML.NET model: {exception.Message}", exception);
        }
        using (archive)
        {
            var saved = new SavedModel(archive, options ?? new CompileOptions());
            ITransformer model = saved.OnOurEngine(stock, SavedModel.Root);
            return saved.Networks > 0
                ? model
                : throw new ModelFormatException($"{path} is an ML.NET model without a network of ours. Load it with mlContext.Model.Load.");
        }
    }

    /// <summary>The first network in a model: the model itself, or a part of the chain that it is.</summary>
    /// <returns>The network; null where there is none.</returns>
    public static ConvNetTransformer? FindConvNet(this ITransformer model) => model switch
    {
        ConvNetTransformer network => network,
        IEnumerable<ITransformer> chain => chain.Select(FindConvNet).FirstOrDefault(network => network is not null),
        _ => null,
    };
}
