using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;

namespace ConvNets.Transforms;

/// <summary>Makes the network that the options ask for, and checks that it fits features, labels and task.</summary>
internal static class NetworkFactory
{
    /// <exception cref="ColumnException">The features are no images, which the course's models take.</exception>
    /// <exception cref="ModelException">The model does not fit.</exception>
    public static Model Create(ConvNetTrainerOptions options, ScoringTask task, Loss loss, DataViewSchema.Column feature, int classes)
    {
        TensorShape shape = FeatureReader.Shape(feature);
        Model model = options.Model ?? options.ModelFactory?.Invoke(shape, classes) ?? CourseModel(task, feature, shape, classes);

        // A flat vector will do for a model that says how it is to be read.
        if (!model.IsBuilt || model.Inputs.Count != 1 || model.Inputs[0].Shape.Size != shape.Size)
            model.EnsureInput(shape);
        if (model.Outputs.Count != 1 || model.Outputs[0].Shape.Size != task.OutputSize(classes))
            throw new ModelException($"Model \"{model.DisplayName}\" has outputs {string.Join(", ", model.Outputs.Select(o => o.Shape))}; {task.Name} of {classes} classes expects one output of {task.OutputSize(classes)} values.");
        ActivationFunction activation = Logits.Of(model).Activation;
        if (activation != task.Activation && !(activation == ActivationFunction.Linear && TakesLogits(loss)))
            throw new ModelException($"Model \"{model.DisplayName}\" ends in {activation}; {task.Name} expects {task.Activation} at its end, or a cross-entropy from logits as the loss.");
        return model;
    }

    private static Model CourseModel(ScoringTask task, DataViewSchema.Column feature, TensorShape shape, int classes) => shape.Rank == 3
        ? task.CourseModel(shape, classes)
        : throw new ColumnException(feature.Name, $"found {feature.Type}; the course's model takes images, Vector<Single, height, width, channels>. Give a model of your own in the options, or a column with these dimensions.");

    private static bool TakesLogits(Loss loss) => loss is BinaryCrossentropy or CategoricalCrossentropy or SparseCategoricalCrossentropy && loss.Activation is null;
}
