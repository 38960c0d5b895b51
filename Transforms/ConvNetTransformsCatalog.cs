using ConvNets.Data;
using ConvNets.Transforms;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Preparing pixels and labels: extensions of <c>mlContext.Transforms</c>.</summary>
public static class ConvNetTransformsCatalog
{
    /// <summary>
    /// Divides pixels, by 255 as a rule, which is what the two models of the course expect. A vector of Byte or Single becomes a vector of Single with the same
    /// dimensions. A saved model divides with ML.NET's OnnxTransformer.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column of scaled pixels.</param>
    /// <param name="inputColumnName">The column of pixels; the output column's name when null.</param>
    /// <param name="divisor">What each value is divided by.</param>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is 0 or not finite.</exception>
    /// <example><code>var scaled = ml.Transforms.ScalePixels("Features", "Image").Fit(data).Transform(data);</code></example>
    public static ScalePixelsEstimator ScalePixels(this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, float divisor = 255)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ScalePixelsEstimator(outputColumnName, inputColumnName, divisor);
    }

    /// <summary>
    /// Turns labels into keys in the order of their values: key i + 1, and so place i of a trained network's <c>Score</c>, is the i-th class. (ML.NET's own
    /// <c>MapValueToKey</c> orders by occurrence unless told otherwise, and only knows the values that occur.) The keys' values are texts: the classes' names where
    /// the label column has them (<see cref="ClassNamesAnnotation"/>), otherwise the labels themselves. A label that is none of the classes becomes the missing key.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The key column.</param>
    /// <param name="inputColumnName">The label column: a number, a Boolean or a text; the output column's name when null.</param>
    /// <param name="classes">The number of classes, labelled 0, 1, …; when null, as many as have names, or else the values that occur.</param>
    /// <param name="scope">
    /// Where the step is needed. <see cref="TransformerScope.TrainTest"/>, the default, leaves it out of a saved model, and rows without a label pass through, since
    /// scoring needs no labels; <see cref="TransformerScope.Everything"/> keeps it.
    /// </param>
    /// <example><code>var pipeline = ml.Transforms.LabelToKey("Label").Append(ml.Transforms.ScalePixels("Features", "Image"));</code></example>
    public static LabelToKeyEstimator LabelToKey(this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, int? classes = null, TransformerScope scope = TransformerScope.TrainTest)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LabelToKeyEstimator(outputColumnName, inputColumnName, classes, scope);
    }

    /// <summary>
    /// Turns labels into one-hot vectors in the order of their values: place i is 1 for the i-th class. The vector has the number of classes that is asked for
    /// though one of them be absent; its slots are named as the keys of <see cref="LabelToKey"/>. A label that is none of the classes becomes zeros.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column of vectors of Single.</param>
    /// <param name="inputColumnName">The label column: a number, a Boolean or a text; the output column's name when null.</param>
    /// <param name="classes">The number of classes, labelled 0, 1, …; when null, as many as have names, or else the values that occur.</param>
    /// <param name="scope">Where the step is needed, as for <see cref="LabelToKey"/>.</param>
    public static LabelToOneHotEstimator LabelToOneHot(this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, int? classes = null, TransformerScope scope = TransformerScope.TrainTest)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LabelToOneHotEstimator(outputColumnName, inputColumnName, classes, scope);
    }
}
