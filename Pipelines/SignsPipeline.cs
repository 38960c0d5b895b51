using ConvNets.Transforms;
using Microsoft.ML;

namespace ConvNets.Pipelines;

/// <summary>"Which digit does the hand show?": from images and labels to a trained ConvolutionalModel, as one estimator.</summary>
public static class SignsPipeline
{
    /// <summary>Labels to keys, pixels over 255, and <c>MulticlassClassification.Trainers.ConvNet</c>. More steps can be appended.</summary>
    /// <param name="context">The context.</param>
    /// <param name="options">
    /// How the network is trained; the course's settings when null. <c>LabelColumnName</c> names the label as it is in the data (a number or a text), and
    /// <c>ValidationSet</c> holds images and labels as the training data do.
    /// </param>
    /// <param name="imageColumnName">The column of images: a vector of Byte or Single, height × width × channels.</param>
    /// <returns>An estimator whose model's last transformer is the trained network.</returns>
    public static ConvNetPipeline Create(MLContext context, ConvNetMulticlassTrainer.Options? options = null, string imageColumnName = "Image")
    {
        ArgumentNullException.ThrowIfNull(context);
        options ??= new ConvNetMulticlassTrainer.Options();
        return new ConvNetPipeline(context, options.LabelColumnName, imageColumnName, options.FeatureColumnName, context.MulticlassClassification.Trainers.ConvNet(options), options.ValidationSet);
    }
}
