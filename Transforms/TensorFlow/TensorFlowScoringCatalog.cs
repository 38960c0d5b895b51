using ConvNets.Transforms;

namespace Microsoft.ML;

/// <summary>Models of TensorFlow in ML.NET: extensions of the context. In builds with <c>-p:TensorFlowPackages=true</c>.</summary>
public static class TensorFlowScoringCatalog
{
    /// <summary>Scores images with a network that <see cref="ConvNets.Formats.TensorFlowExport"/> wrote as a frozen graph, through Microsoft.ML.TensorFlow.</summary>
    /// <param name="context">The context.</param>
    /// <param name="path">The frozen graph of a network that classifies: its last layer a sigmoid of one unit, or a softmax.</param>
    /// <param name="labelColumnName">The label: a number, a Boolean or a text.</param>
    /// <param name="imageColumnName">The images: a vector of Byte or Single, height × width × channels, 0 to 255.</param>
    /// <exception cref="ConvNets.Formats.ModelFormatException">The file is no frozen graph with one input and such an output.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TensorFlowScoringEstimator ScoreTensorFlowExport(this MLContext context, string path, string labelColumnName = "Label", string imageColumnName = "Image")
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new TensorFlowScoringEstimator(context, path, labelColumnName, imageColumnName);
    }

    /// <summary>
    /// Transfer learning with Microsoft.ML.Vision: images are encoded as files, a pretrained network (downloaded at the first use, or found in <paramref name="workspacePath"/>) makes
    /// features of them, and a layer on these is trained. The baseline that a network of one's own is compared with.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="epochs">How often the features are gone through.</param>
    /// <param name="workspacePath">A folder for the pretrained network's description and what is computed of it; a temporary one when null.</param>
    /// <param name="labelColumnName">The label: a number, a Boolean or a text.</param>
    /// <param name="imageColumnName">The images: a vector of Byte, height × width × channels.</param>
    public static TransferLearningEstimator TransferLearning(this MLContext context, int epochs = 50, string? workspacePath = null, string labelColumnName = "Label", string imageColumnName = "Image")
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return new TransferLearningEstimator(context, epochs, workspacePath, labelColumnName, imageColumnName);
    }
}
