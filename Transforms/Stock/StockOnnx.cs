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

    /// <summary>Saves stock estimators, fitted on nothing but a column's type, in the place of a transformer of ours.</summary>
    /// <remarks>An OnnxTransformer keeps a file in the temporary folder until it is disposed, which happens here at once.</remarks>
    public static void Save(ModelSaveContext ctx, IEstimator<ITransformer> steps, string inputColumnName, DataViewType inputType)
    {
        ITransformer stock = steps.Fit(MadeUpView.Empty(inputColumnName, inputType));
        stock.Save(ctx);
        (stock as IDisposable)?.Dispose();
    }
}
