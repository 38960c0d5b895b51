using ConvNets.Transforms;
using Microsoft.ML;

namespace ConvNets.Pipelines;

/// <summary>"Is this face smiling?": from images and labels to a trained HappyModel, as one estimator.</summary>
public static class HappyPipeline
{
    /// <summary>Labels to keys, pixels over 255, and <c>BinaryClassification.Trainers.ConvNet</c>. More steps can be appended.</summary>
    /// <param name="context">The context.</param>
    /// <param name="options">
    /// How the network is trained; the course's settings when null. <c>LabelColumnName</c> names the label as it is in the data (a number, a text or a Boolean),
    /// and <c>ValidationSet</c> holds images and labels as the training data do.
    /// </param>
    /// <param name="imageColumnName">The column of images: a vector of Byte or Single, height × width × channels.</param>
    /// <returns>An estimator whose model's last transformer is the trained network.</returns>
    /// <example>
    /// <code>
    /// var model = HappyPipeline.Create(ml).Fit(ml.Data.LoadFromHdf5("train_happy.h5"));
    /// History history = model.LastTransformer.History;
    /// </code>
    /// </example>
    public static ConvNetPipeline Create(MLContext context, ConvNetBinaryTrainer.Options? options = null, string imageColumnName = "Image")
    {
        ArgumentNullException.ThrowIfNull(context);
        options ??= new ConvNetBinaryTrainer.Options();
        return new ConvNetPipeline(context, options.LabelColumnName, imageColumnName, options.FeatureColumnName, context.BinaryClassification.Trainers.ConvNet(options), options.ValidationSet);
    }
}
