using ConvNets.Formats;
using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Divides pixels. It is saved as an ONNX model that divides, which gives the same values to the bit.</summary>
public sealed class ScalePixelsTransformer : ITransformer
{
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly VectorDataViewType _inputType;
    private readonly float _divisor;
    private readonly ColumnMapping _mapping;

    internal ScalePixelsTransformer(string outputColumnName, string inputColumnName, VectorDataViewType inputType, float divisor)
    {
        (_outputColumnName, _inputColumnName, _inputType, _divisor) = (outputColumnName, inputColumnName, inputType, divisor);
        _mapping = PixelMapping.Create(outputColumnName, inputColumnName, inputType, divisor);
    }

    /// <inheritdoc/>
    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _mapping.GetOutputSchema(inputSchema);

    /// <summary>Divides the pixels.</summary>
    /// <exception cref="ColumnException">The column is absent, or of another type than the one that the transformer was made for.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _mapping.Transform(input);
    }

    /// <inheritdoc/>
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _mapping.GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        // An ONNX graph's output cannot have its input's name.
        using var stock = new StockOnnx();
        bool inPlace = _outputColumnName == _inputColumnName;
        string result = inPlace ? $"{_outputColumnName}/scaled" : _outputColumnName;
        IEstimator<ITransformer> steps = stock.Apply(Graph(result), result, _inputColumnName);
        if (inPlace)
            steps = steps.Append(stock.Context.Transforms.CopyColumns(_outputColumnName, result)).Append(stock.Context.Transforms.DropColumns(result));
        StockOnnx.Save(ctx, steps, _inputColumnName, _inputType);
        MLNetInternals.SaveBinaryStream(ctx, PixelsEntry.Name, writer => PixelsEntry.Write(writer, _outputColumnName, _inputColumnName, _inputType, _divisor));
    }

    /// <summary>A model without layers, which only divides.</summary>
    private byte[] Graph(string outputName)
    {
        KerasTensor pixels = new InputLayer([.. _inputType.Dimensions]).Output;
        return OnnxExport.ToBytes(new Model(pixels, pixels), new ModelWeights([]), new OnnxExportOptions
        {
            InputType = _inputType.ItemType == NumberDataViewType.Byte ? OnnxElementType.UInt8 : OnnxElementType.Float,
            InputDivisor = _divisor,
            InputShape = OnnxShape.Sample,
            OutputShape = OnnxShape.Sample,
            InputNames = [_inputColumnName],
            OutputNames = [outputName],
        });
    }
}
