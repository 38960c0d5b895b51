namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>MaxPool and AvgPool, which leaves padded places out of the mean; over whole images Mean and Max.</summary>
internal static class PoolingTensorFlow
{
    public static GraphOutput Max(LayerCall call) => Slide(call, "MaxPool", ("explicit_paddings", Array.Empty<long>()));

    public static GraphOutput Average(LayerCall call) => Slide(call, "AvgPool");

    public static GraphOutput GlobalMax(LayerCall call) => call.X.Reduce("Max", ((GlobalMaxPooling2D)call.Node.Layer).KeepDims, 1, 2);

    public static GraphOutput GlobalAverage(LayerCall call) => call.X.Mean(((GlobalAveragePooling2D)call.Node.Layer).KeepDims, 1, 2);

    private static GraphOutput Slide(LayerCall call, string operation, params (string Name, GraphAttribute Value)[] more)
    {
        var layer = (Pooling2D)call.Node.Layer;
        return call.Add(operation, [call.Input],
            [("ksize", WindowAttributes.Of(layer.PoolSize)), ("strides", WindowAttributes.Of(layer.Strides)), ("padding", WindowAttributes.Of(layer.Padding)), ("data_format", "NHWC"), .. more]);
    }
}

/// <summary>Arguments of sliding windows as TensorFlow's operations on images take them: batch, rows, columns, channels.</summary>
internal static class WindowAttributes
{
    public static GraphAttribute Of(Size2D size) => new long[] { 1, size.Height, size.Width, 1 };

    public static GraphAttribute Of(Padding padding) => padding == Padding.Same ? "SAME" : "VALID";
}
