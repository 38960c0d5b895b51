using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="SeparableConv2D"/> as two Conv: a group for each channel, then one pixel's channels.</summary>
internal static class SeparableConv2DOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (SeparableConv2D)call.Node.Layer;
        TensorShape output = call.Node.Outputs[0].Shape, between = [output[0], output[1], call.Input.Shape[2] * layer.DepthMultiplier];
        string depthwise = Conv2DOnnx.Convolve(call, call.Input, call.Weight("depthwise_kernel")!, 1, call.Input.Shape[2], layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding, bias: false);
        string pointwise = Conv2DOnnx.Convolve(call, new OnnxValue(depthwise, between, ChannelsFirst: true), call.Weight("pointwise_kernel")!, between[2], 1, 1, 1, 1, Padding.Valid);
        return OnnxActivations.Apply(call, call.Output(pointwise, channelsFirst: true), layer.Activation);
    }
}
