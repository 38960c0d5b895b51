using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="DepthwiseConv2D"/> as Conv with a group for each channel.</summary>
internal static class DepthwiseConv2DOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (DepthwiseConv2D)call.Node.Layer;
        string convolved = Conv2DOnnx.Convolve(call, call.Input, call.Weight("kernel")!, 1, call.Input.Shape[2], layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding);
        return OnnxActivations.Apply(call, call.Output(convolved, channelsFirst: true), layer.Activation);
    }
}
