using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines;

/// <summary>
/// From images and labels to a trained network, as one estimator: labels to keys, pixels over 255, the trainer. The validation set goes through the steps that were
/// fitted on the training data. Made by <see cref="HappyPipeline"/> and <see cref="SignsPipeline"/>; more steps can be appended.
/// </summary>
public sealed class ConvNetPipeline : IEstimator<TransformerChain<ConvNetTransformer>>
{
    private readonly EstimatorChain<ScalePixelsTransformer> _steps;
    private readonly ConvNetTrainer _trainer;
    private readonly IDataView? _validationSet;

    internal ConvNetPipeline(MLContext context, string labelColumnName, string imageColumnName, string featureColumnName, ConvNetTrainer trainer, IDataView? validationSet)
    {
        _steps = context.Transforms.LabelToKey(labelColumnName).Append(context.Transforms.ScalePixels(featureColumnName, imageColumnName));
        (_trainer, _validationSet) = (trainer, validationSet);
    }

    /// <summary>Trains the network.</summary>
    /// <param name="input">Images and labels.</param>
    /// <returns>The steps; the last is the trained network, which has the history of its training.</returns>
    /// <exception cref="ColumnException">A column is absent or of another type, or a value cannot be trained on.</exception>
    public TransformerChain<ConvNetTransformer> Fit(IDataView input)
    {
        TransformerChain<ScalePixelsTransformer> steps = _steps.Fit(input);
        ConvNetTransformer network = _trainer.Fit(steps.Transform(input), _validationSet is null ? null : steps.Transform(_validationSet));
        return new TransformerChain<ConvNetTransformer>([.. steps, network]);
    }

    /// <summary>The schema that the trained pipeline will deliver.</summary>
    /// <exception cref="ColumnException">A column is absent or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _trainer.GetOutputSchema(_steps.GetOutputSchema(inputSchema));
}
