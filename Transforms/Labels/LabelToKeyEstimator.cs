using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Turns labels into keys in the order of their values; made by <see cref="ConvNetTransformsCatalog.LabelToKey"/>, which describes it.</summary>
public sealed class LabelToKeyEstimator : LabelEstimator
{
    internal LabelToKeyEstimator(string outputColumnName, string? inputColumnName, int? classes, TransformerScope scope) : base(outputColumnName, inputColumnName, classes, scope)
    {
    }

    private protected override IEstimator<ITransformer> Encode(IEstimator<ITransformer> toKey, string columnName) => toKey;
}
