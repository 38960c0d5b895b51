using ConvNets.Formats.Onnx;
using ConvNets.ModelDefs;
using ProtoBuf;

namespace ConvNets.Formats;

/// <summary>Writes a model and its weights as ONNX (IR version 6, opset 11, which every ONNX Runtime since 1.2 reads).</summary>
/// <remarks>
/// The graph computes what the model predicts (inference): inputs and outputs have Keras's layout, channels last; inside, images have ONNX's, channels first.
/// </remarks>
/// <example><code>
/// OnnxExport.Save(model, weights, "signs.onnx", new OnnxExportOptions { InputType = OnnxElementType.UInt8, InputDivisor = 255 });
/// </code></example>
public static class OnnxExport
{
    private const long IrVersion = 6;
    private const long Opset = 11;

    /// <summary>The bytes of an ONNX file.</summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="options">How it is written; the defaults when null.</param>
    /// <exception cref="ModelException">The model is not built, or the weights are not its own.</exception>
    /// <exception cref="ModelFormatException">A layer or activation has no counterpart here.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static byte[] ToBytes(Model model, ModelWeights weights, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        Serializer.Serialize(stream, ToProto(model, weights, options ?? new OnnxExportOptions()));
        return stream.ToArray();
    }

    /// <summary>Throws what <see cref="ToBytes"/> would throw, which takes much longer.</summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="options">How it would be written; the defaults when null.</param>
    /// <inheritdoc cref="ToBytes" path="/exception"/>
    public static void Check(Model model, ModelWeights weights, OnnxExportOptions? options = null) => ToProto(model, weights, options ?? new OnnxExportOptions());

    /// <summary>Writes an ONNX file; one that is there is replaced when all is written.</summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is written; the defaults when null.</param>
    /// <inheritdoc cref="ToBytes" path="/exception"/>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Model model, ModelWeights weights, string path, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = ToBytes(model, weights, options);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    internal static ModelProto ToProto(Model model, ModelWeights weights, OnnxExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        weights.CheckFits(model);
        IReadOnlyList<string> problems = options.Problems(model.Inputs.Count, model.Outputs.Count);
        if (problems.Count > 0)
            throw new ArgumentException(string.Join("; ", problems) + ".", nameof(options));
        return new ModelProto
        {
            IrVersion = IrVersion,
            OpsetImport = [new OperatorSetIdProto { Version = Opset }],
            ProducerName = "ConvNets",
            Graph = new OnnxModelWriter(model, weights, options).Write(),
        };
    }
}
