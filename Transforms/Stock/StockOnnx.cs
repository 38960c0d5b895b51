using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;

namespace ConvNets.Transforms;

/// <summary>ML.NET's own OnnxTransformer: what a saved model computes with in an application that has none of our assemblies.</summary>
internal static class StockOnnx
{
    /// <summary>Runs an ONNX model, whose input and output are named as the columns.</summary>
    public static OnnxScoringEstimator Apply(MLContext context, byte[] model, string outputColumnName, string inputColumnName)
    {
        using var stream = new MemoryStream(model);
        return context.Transforms.ApplyOnnxModel(outputColumnName, inputColumnName, stream);
    }

    /// <summary>Saves stock parts in the place of a transformer of ours.</summary>
    /// <param name="ctx">Where to.</param>
    /// <param name="steps">Stock estimators that need nothing but a column's type to be fitted.</param>
    /// <param name="inputColumnName">The column.</param>
    /// <param name="inputType">Its type.</param>
    /// <param name="then">What follows them, fitted.</param>
    /// <remarks>An OnnxTransformer keeps a file in the temporary folder until it is disposed, which happens here at once.</remarks>
    public static void Save(ModelSaveContext ctx, IEstimator<ITransformer> steps, string inputColumnName, DataViewType inputType, params ITransformer[] then)
    {
        ITransformer stock = steps.Fit(MadeUpView.Empty(inputColumnName, inputType));
        ((ICanSaveModel)new TransformerChain<ITransformer>([stock, .. then])).Save(ctx);
        (stock as IDisposable)?.Dispose();
    }
}
