using ConvNets.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ConvNets.Transforms;

/// <summary>
/// Scores images with an exported network through Microsoft.ML.TensorFlow: labels to keys, pixels over 255, <c>LoadTensorFlowModel(…).ScoreTensorFlowModel(…)</c>, and ML.NET's own
/// predictor that makes <c>Score</c> and <c>PredictedLabel</c> of the network's logits. Nothing is trained: fitting looks at the label's classes alone. A saved model holds stock
/// parts only, so that an application with Microsoft.ML, Microsoft.ML.OnnxTransformer (for the pixels) and Microsoft.ML.TensorFlow loads it.
/// </summary>
/// <example><code>
/// TensorFlowExport.SaveFrozenGraph(network.Definition, network.Weights, "signs.pb");
/// ITransformer model = ml.ScoreTensorFlowExport("signs.pb").Fit(train);
/// MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(test));
/// </code></example>
public sealed class TensorFlowScoringEstimator : IEstimator<ITransformer>
{
    private readonly MLContext _context;
    private readonly FrozenGraph _graph;
    private readonly string _path;
    private readonly string _labelColumnName;
    private readonly string _imageColumnName;

    internal TensorFlowScoringEstimator(MLContext context, string path, string labelColumnName, string imageColumnName)
    {
        (_context, _path, _labelColumnName, _imageColumnName) = (context, path, labelColumnName, imageColumnName);
        _graph = FrozenGraph.Read(path);
    }

    /// <summary>Puts the steps together.</summary>
    /// <param name="input">Images and labels.</param>
    /// <exception cref="ColumnException">A column is absent or of another type.</exception>
    /// <exception cref="ModelFormatException">Microsoft.ML.TensorFlow, or TensorFlow below it, does not take the file; the message holds what it said.</exception>
    public ITransformer Fit(IDataView input)
    {
        TransformerChain<ScalePixelsTransformer> steps = Steps().Fit(input);
        DataViewSchema schema = steps.GetOutputSchema(input.Schema);
        (ITransformer head, float scale, float shift) = Task.FitHead(schema[_labelColumnName], new ScoreColumns("Score", "PredictedLabel"));
        TensorFlowTransformer network = Load(steps.Transform(input), _graph.WithScaledLogits(LogitsTransformer.ColumnName, scale, shift));
        ITransformer drop = _context.Transforms.DropColumns(_graph.Input).Fit(steps.Transform(input));
        return new TransformerChain<ITransformer>([.. steps, network, drop, head]);
    }

    /// <summary>The schema that the model will deliver.</summary>
    /// <exception cref="ColumnException">A column is absent or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape schema = Steps().GetOutputSchema(inputSchema);
        return Task.Promise(schema, schema.Last(column => column.Name == _labelColumnName), new ScoreColumns("Score", "PredictedLabel"));
    }

    private ScoringTask Task => _graph.Classes == 1 ? ScoringTask.Binary : ScoringTask.Multiclass;

    private EstimatorChain<ScalePixelsTransformer> Steps() =>
        _context.Transforms.LabelToKey(_labelColumnName).Append(_context.Transforms.ScalePixels(_graph.Input, _imageColumnName));

    /// <summary>Loads a graph with Microsoft.ML.TensorFlow, which reads it from a file.</summary>
    private TensorFlowTransformer Load(IDataView rows, byte[] graph)
    {
        string file = Path.Combine(Path.GetTempPath(), $"convnets-{Guid.NewGuid():N}.pb");
        try
        {
            File.WriteAllBytes(file, graph);
            return _context.Model.LoadTensorFlowModel(file).ScoreTensorFlowModel(LogitsTransformer.ColumnName, _graph.Input).Fit(rows);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new ModelFormatException($"Microsoft.ML.TensorFlow does not score {_path}: {exception.GetBaseException().Message}", exception);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
