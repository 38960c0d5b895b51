using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>The attributes of sliding windows that convolution and pooling have in common.</summary>
internal static class WindowAttributes
{
    /// <summary>Kernel, strides and explicit pads: TensorFlow's, the odd row or column after; ONNX's own <c>auto_pad</c> is deprecated.</summary>
    public static AttributeProto[] Of(TensorShape image, Size2D window, Size2D strides, Size2D dilation, Padding padding)
    {
        (_, int top, int bottom) = Windows.Slide(image[0], window.Height, strides.Height, dilation.Height, padding);
        (_, int left, int right) = Windows.Slide(image[1], window.Width, strides.Width, dilation.Width, padding);
        return
        [
            AttributeProto.Of("kernel_shape", [window.Height, window.Width]),
            AttributeProto.Of("strides", [strides.Height, strides.Width]),
            AttributeProto.Of("pads", [top, left, bottom, right]),
        ];
    }
}
