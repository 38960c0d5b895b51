using System.IO.Compression;
using ConvNets.Engines;
using ConvNets.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Puts a loaded model on our engine: where a folder of the .zip holds an entry of ours, our transformer takes the place of ML.NET's parts.</summary>
internal sealed class SavedModel(ZipArchive archive, CompileOptions options)
{
    /// <summary>The folder of the whole model.</summary>
    public const string Root = "TransformerChain";

    /// <summary>How many networks were found.</summary>
    public int Networks { get; private set; }

    /// <summary>The transformer of a folder.</summary>
    /// <param name="stock">What ML.NET made of it (<see cref="StockParts"/>).</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ModelFormatException">An entry is damaged.</exception>
    public ITransformer OnOurEngine(ITransformer stock, string folder)
    {
        if (stock is not TransformerChain<ITransformer> chain)
            return stock;
        ITransformer[] parts = [.. chain];
        if (Open($"{folder}/{PixelsEntry.Name}") is { } pixels)
        {
            using (pixels)
                return PixelsEntry.Read(pixels);
        }
        if (Open($"{folder}/{NetworkEntry.Name}") is { } network)
        {
            using (network)
            {
                if (parts.Length != 2)
                    throw new ModelFormatException($"The folder {folder} holds {parts.Length} parts; expected the 2 of a network.");
                Networks++;
                return new ConvNetTransformer(NetworkEntry.Read(network, options), parts[1], new History());
            }
        }
        return new TransformerChain<ITransformer>([.. parts.Select((part, i) => OnOurEngine(part, $"{folder}/Transform_{i:000}"))]);
    }

    private BinaryReader? Open(string entry) => archive.GetEntry(entry) is { } found ? new BinaryReader(found.Open()) : null;
}
