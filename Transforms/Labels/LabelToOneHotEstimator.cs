using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Turns labels into one-hot vectors in the order of their values; made by <see cref="ConvNetTransformsCatalog.LabelToOneHot"/>, which describes it.</summary>
public sealed class LabelToOneHotEstimator : LabelEstimator
{
    internal LabelToOneHotEstimator(string outputColumnName, string? inputColumnName, int? classes, TransformerScope scope) : base(outputColumnName, inputColumnName, classes, scope)
    {
    }

    private protected override IEstimator<ITransformer> Encode(IEstimator<ITransformer> toKey, string columnName) =>
        toKey.Append(new MLContext(0).Transforms.Conversion.MapKeyToVector(columnName, columnName));
}
