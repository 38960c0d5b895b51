using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Divides pixels, by 255 as a rule; made by <see cref="ConvNetTransformsCatalog.ScalePixels"/>, which describes it.</summary>
public sealed class ScalePixelsEstimator : IEstimator<ScalePixelsTransformer>
{
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly float _divisor;

    internal ScalePixelsEstimator(string outputColumnName, string? inputColumnName, float divisor)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        if (!float.IsFinite(divisor) || divisor == 0)
            throw new ArgumentOutOfRangeException(nameof(divisor), divisor, "The divisor must be finite and not 0.");
        (_outputColumnName, _inputColumnName, _divisor) = (outputColumnName, inputColumnName ?? outputColumnName, divisor);
    }

    /// <summary>Makes the transformer for the column's type; no data are read.</summary>
    /// <exception cref="ColumnException">The column is absent or holds no pixels.</exception>
    public ScalePixelsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column column = ColumnFacts.Find(input.Schema, _inputColumnName);
        ColumnFacts.Of(column).RequirePixels();
        return new ScalePixelsTransformer(_outputColumnName, _inputColumnName, (VectorDataViewType)column.Type, _divisor);
    }

    /// <summary>The schema that the transformer will deliver.</summary>
    /// <exception cref="ColumnException">The column is absent or holds no pixels.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ColumnFacts.Of(inputSchema, _inputColumnName).RequirePixels();
        return PixelMapping.Create(_outputColumnName, _inputColumnName, new VectorDataViewType(NumberDataViewType.Single, 1), _divisor).GetOutputSchema(inputSchema);
    }
}
