using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;

namespace ConvNets.Transforms;

/// <summary>
/// ML.NET's own OnnxTransformer: what a saved model computes with in an application that has none of our assemblies. Made of bytes, it leaves a file in the
/// temporary folder for good; here it gets a folder of its own, which goes when all is saved.
/// </summary>
internal sealed class StockOnnx : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("convnets-").FullName;

    public StockOnnx() => Context = new MLContext(0) { TempFilePath = _folder };

    /// <summary>What makes further stock estimators.</summary>
    public MLContext Context { get; }

    /// <summary>Runs an ONNX model, whose input and output are named as the columns.</summary>
    public OnnxScoringEstimator Apply(byte[] model, string outputColumnName, string inputColumnName)
    {
        using var stream = new MemoryStream(model);
        return Context.Transforms.ApplyOnnxModel(outputColumnName, inputColumnName, stream);
    }

    /// <summary>Saves stock parts in the place of a transformer of ours.</summary>
    /// <param name="ctx">Where to.</param>
    /// <param name="steps">Stock estimators that need nothing but a column's type to be fitted.</param>
    /// <param name="inputColumnName">The column.</param>
    /// <param name="inputType">Its type.</param>
    /// <param name="then">What follows them, fitted.</param>
    public static void Save(ModelSaveContext ctx, IEstimator<ITransformer> steps, string inputColumnName, DataViewType inputType, params ITransformer[] then)
    {
        ITransformer stock = steps.Fit(RowsView.Empty(inputColumnName, inputType));
        ((ICanSaveModel)new TransformerChain<ITransformer>([stock, .. then])).Save(ctx);
        (stock as IDisposable)?.Dispose();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
