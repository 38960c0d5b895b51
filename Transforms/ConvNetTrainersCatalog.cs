using ConvNets.ModelDefs;
using ConvNets.Transforms;
using BinaryTrainers = Microsoft.ML.BinaryClassificationCatalog.BinaryClassificationTrainers;
using MulticlassTrainers = Microsoft.ML.MulticlassClassificationCatalog.MulticlassClassificationTrainers;

namespace Microsoft.ML;

/// <summary>
/// Convolutional networks as trainers: extensions of <c>mlContext.BinaryClassification.Trainers</c> and <c>mlContext.MulticlassClassification.Trainers</c>.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Task</term><description>binary or multiclass classification</description></item>
/// <item><term>Label</term><description>binary: Boolean, a key of 2 values, or numbers 0 and 1; multiclass: a key, or a one-hot vector of Single</description></item>
/// <item><term>Features</term><description>a vector of Single of known size, with the dimensions height, width, channels; bytes are taken as they are, with a warning</description></item>
/// <item><term>Is normalization needed?</term><description>pixels are divided by 255 (<see cref="ConvNetTransformsCatalog.ScalePixels"/>); the trainer never does it itself</description></item>
/// <item><term>Is caching needed?</term><description>no: the data are read once, into memory</description></item>
/// <item><term>Package needed to score a saved model</term><description>Microsoft.ML.OnnxTransformer</description></item>
/// <item><term>Exportable to ONNX</term><description>yes, with <c>OnnxExport</c></description></item>
/// </list>
/// Overloads with an <see cref="MLContext"/> do the same as those without; those without reach <c>MLContext.Log</c> through a member of ML.NET that is not public.
/// </remarks>
public static class ConvNetTrainersCatalog
{
    /// <summary>
    /// Trains the course's <see cref="Architectures.HappyModel(TensorShape)"/> with its settings: 10 epochs in batches of 16, reshuffled each epoch, Adam with 0.001.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="featureColumnName">The column of images.</param>
    /// <param name="scoreColumnName">The column of logits that the trained network adds.</param>
    /// <param name="predictedLabelColumnName">The column of predicted classes that the trained network adds.</param>
    /// <param name="validationSet">Data that the network is evaluated on after each epoch, with the same columns as the training data.</param>
    public static ConvNetBinaryTrainer ConvNet(this BinaryTrainers catalog, string labelColumnName = "Label", string featureColumnName = "Features",
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", IDataView? validationSet = null) =>
        new(MLNetInternals.Environment(catalog), Course(new ConvNetBinaryTrainer.Options(), labelColumnName, featureColumnName, scoreColumnName, predictedLabelColumnName, validationSet));

    /// <summary>Trains any network with one logit.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The network, and how it is trained.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message names them all.</exception>
    public static ConvNetBinaryTrainer ConvNet(this BinaryTrainers catalog, ConvNetBinaryTrainer.Options options) => new(MLNetInternals.Environment(catalog), options);

    /// <param name="catalog">The catalog.</param>
    /// <param name="context">Whose log hears of the training.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="featureColumnName">The column of images.</param>
    /// <param name="scoreColumnName">The column of logits that the trained network adds.</param>
    /// <param name="predictedLabelColumnName">The column of predicted classes that the trained network adds.</param>
    /// <param name="validationSet">Data that the network is evaluated on after each epoch, with the same columns as the training data.</param>
    /// <inheritdoc cref="ConvNet(BinaryTrainers, string, string, string, string, IDataView?)" path="/summary"/>
    public static ConvNetBinaryTrainer ConvNet(this BinaryTrainers catalog, MLContext context, string labelColumnName = "Label", string featureColumnName = "Features",
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", IDataView? validationSet = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNetBinaryTrainer(context, Course(new ConvNetBinaryTrainer.Options(), labelColumnName, featureColumnName, scoreColumnName, predictedLabelColumnName, validationSet));
    }

    /// <param name="catalog">The catalog.</param>
    /// <param name="context">Whose log hears of the training.</param>
    /// <param name="options">The network, and how it is trained.</param>
    /// <inheritdoc cref="ConvNet(BinaryTrainers, ConvNetBinaryTrainer.Options)"/>
    public static ConvNetBinaryTrainer ConvNet(this BinaryTrainers catalog, MLContext context, ConvNetBinaryTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNetBinaryTrainer(context, options);
    }

    /// <summary>
    /// Trains the course's <see cref="Architectures.ConvolutionalModel"/>, of as many classes as the label has, with its settings: 100 epochs in batches of 64, never
    /// shuffled, Adam with 0.001.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="featureColumnName">The column of images.</param>
    /// <param name="scoreColumnName">The column of the classes' probabilities that the trained network adds.</param>
    /// <param name="predictedLabelColumnName">The column of predicted classes that the trained network adds.</param>
    /// <param name="validationSet">Data that the network is evaluated on after each epoch, with the same columns as the training data.</param>
    public static ConvNetMulticlassTrainer ConvNet(this MulticlassTrainers catalog, string labelColumnName = "Label", string featureColumnName = "Features",
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", IDataView? validationSet = null) =>
        new(MLNetInternals.Environment(catalog), Course(new ConvNetMulticlassTrainer.Options(), labelColumnName, featureColumnName, scoreColumnName, predictedLabelColumnName, validationSet));

    /// <summary>Trains any network with a logit a class.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The network, and how it is trained.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message names them all.</exception>
    public static ConvNetMulticlassTrainer ConvNet(this MulticlassTrainers catalog, ConvNetMulticlassTrainer.Options options) => new(MLNetInternals.Environment(catalog), options);

    /// <param name="catalog">The catalog.</param>
    /// <param name="context">Whose log hears of the training.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="featureColumnName">The column of images.</param>
    /// <param name="scoreColumnName">The column of the classes' probabilities that the trained network adds.</param>
    /// <param name="predictedLabelColumnName">The column of predicted classes that the trained network adds.</param>
    /// <param name="validationSet">Data that the network is evaluated on after each epoch, with the same columns as the training data.</param>
    /// <inheritdoc cref="ConvNet(MulticlassTrainers, string, string, string, string, IDataView?)" path="/summary"/>
    public static ConvNetMulticlassTrainer ConvNet(this MulticlassTrainers catalog, MLContext context, string labelColumnName = "Label", string featureColumnName = "Features",
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", IDataView? validationSet = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNetMulticlassTrainer(context, Course(new ConvNetMulticlassTrainer.Options(), labelColumnName, featureColumnName, scoreColumnName, predictedLabelColumnName, validationSet));
    }

    /// <param name="catalog">The catalog.</param>
    /// <param name="context">Whose log hears of the training.</param>
    /// <param name="options">The network, and how it is trained.</param>
    /// <inheritdoc cref="ConvNet(MulticlassTrainers, ConvNetMulticlassTrainer.Options)"/>
    public static ConvNetMulticlassTrainer ConvNet(this MulticlassTrainers catalog, MLContext context, ConvNetMulticlassTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNetMulticlassTrainer(context, options);
    }

    private static TOptions Course<TOptions>(TOptions options, string labelColumnName, string featureColumnName, string scoreColumnName, string predictedLabelColumnName, IDataView? validationSet)
        where TOptions : ConvNetTrainerOptions
    {
        options.LabelColumnName = labelColumnName;
        options.FeatureColumnName = featureColumnName;
        options.ScoreColumnName = scoreColumnName;
        options.PredictedLabelColumnName = predictedLabelColumnName;
        options.ValidationSet = validationSet;
        return options;
    }
}
