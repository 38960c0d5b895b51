using ConvNets.Formats.TensorFlow;
using ConvNets.ModelDefs;
using ProtoBuf;

namespace ConvNets.Formats;

/// <summary>
/// Writes a model and its weights for TensorFlow, as it predicts: a frozen graph, whose weights are constants, or a SavedModel, whose weights are variables. Neither needs TensorFlow's
/// library. Inputs and outputs are floats, (samples, …), channels last.
/// </summary>
/// <example><code>
/// TensorFlowExport.SaveFrozenGraph(model, weights, "signs.pb");
/// TensorFlowExport.SaveSavedModel(model, weights, "signs");
/// </code></example>
public static class TensorFlowExport
{
    /// <summary>The bytes of a frozen graph (GraphDef).</summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="options">How inputs and outputs are called; the layers' names when null.</param>
    /// <exception cref="ModelException">The model is not built, or the weights are not its own.</exception>
    /// <exception cref="ModelFormatException">A layer has no counterpart.</exception>
    /// <exception cref="ArgumentException">A name cannot be used.</exception>
    public static byte[] ToFrozenGraph(Model model, ModelWeights weights, TensorFlowExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        weights.CheckFits(model);
        var graph = new ExportedGraph(model, options ?? new TensorFlowExportOptions(), builder => new ConstantWeights(builder, model, weights));
        using var stream = new MemoryStream();
        Serializer.Serialize(stream, GraphDefWriter.Write(graph.Graph));
        return stream.ToArray();
    }

    /// <summary>Writes a frozen graph; a file that is there is replaced when all is written.</summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="path">The file, by custom <c>*.pb</c>.</param>
    /// <param name="options">How inputs and outputs are called; the layers' names when null.</param>
    /// <inheritdoc cref="ToFrozenGraph" path="/exception"/>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveFrozenGraph(Model model, ModelWeights weights, string path, TensorFlowExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = ToFrozenGraph(model, weights, options);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>
    /// Writes a SavedModel with the tag <c>serve</c> and the signature <c>serving_default</c>, which <c>tf.saved_model.load</c>, TensorFlow Serving and
    /// <c>keras.layers.TFSMLayer</c> read.
    /// </summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="folder">The folder. One that is there is replaced when all is written, if it is empty or holds a SavedModel.</param>
    /// <param name="options">How inputs and outputs are called; the layers' names when null.</param>
    /// <inheritdoc cref="ToFrozenGraph" path="/exception"/>
    /// <exception cref="IOException">The folder cannot be written, or holds something else.</exception>
    public static void SaveSavedModel(Model model, ModelWeights weights, string folder, TensorFlowExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        weights.CheckFits(model);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() && !File.Exists(Path.Combine(target, "saved_model.pb"))))
            throw new IOException($"{target} is there and is no SavedModel: expected a new folder, an empty one, or one that holds saved_model.pb.");
        try
        {
            SavedModelWriter.Write(temporary, model, weights, options ?? new TensorFlowExportOptions());
            if (Directory.Exists(target))
                Directory.Delete(target, recursive: true);
            Directory.Move(temporary, target);
        }
        catch
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
            throw;
        }
    }
}
