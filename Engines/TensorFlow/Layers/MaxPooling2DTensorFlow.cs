using ConvNets.ModelDefs;

namespace ConvNets.Engines;

internal static class MaxPooling2DTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (MaxPooling2D)call.Node.Layer;
        return call.Add("MaxPool", [call.Input], ("ksize", WindowAttributes.Of(layer.PoolSize)), ("strides", WindowAttributes.Of(layer.Strides)),
            ("padding", WindowAttributes.Of(layer.Padding)), ("explicit_paddings", Array.Empty<long>()), ("data_format", "NHWC"));
    }
}

/// <summary>Arguments of sliding windows as TensorFlow's operations on images take them: batch, rows, columns, channels.</summary>
internal static class WindowAttributes
{
    public static GraphAttribute Of(Size2D size) => new long[] { 1, size.Height, size.Width, 1 };

    public static GraphAttribute Of(Padding padding) => padding == Padding.Same ? "SAME" : "VALID";
}
