using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>
/// <see cref="Conv2DTranspose"/> as ConvTranspose, its kernel reordered from (height, width, filters, channels) to (channels, filters, height, width). ONNX's output has
/// (input − 1)·stride + extent pixels, less the pads and more by the output padding: what Keras's lacks or has more is put there.
/// </summary>
internal static class Conv2DTransposeOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (Conv2DTranspose)call.Node.Layer;
        OnnxWeight weight = call.Weight("kernel")!;
        int taps = layer.KernelSize.Height * layer.KernelSize.Width, channels = call.Input.Shape[2];
        float[] reordered = new float[weight.Values.Length];
        for (int i = 0; i < reordered.Length; i++)
            reordered[i] = weight.Values[(i % taps * layer.Filters + i / taps % layer.Filters) * channels + i / taps / layer.Filters];
        string kernel = call.Graph.Constant(weight.Path, reordered, channels, layer.Filters, layer.KernelSize.Height, layer.KernelSize.Width);
        TensorShape output = call.Node.Outputs[0].Shape;
        (int top, int bottom, int below) = Margin(call.Input.Shape[0], output[0], layer.KernelSize.Height, layer.Strides.Height, layer.DilationRate.Height, layer.Padding);
        (int left, int right, int behind) = Margin(call.Input.Shape[1], output[1], layer.KernelSize.Width, layer.Strides.Width, layer.DilationRate.Width, layer.Padding);
        string transposed = call.Add("ConvTranspose", [call.Graph.ChannelsFirst(call.Input).Name, kernel, .. call.VectorWeight("bias")],
        [
            AttributeProto.Of("kernel_shape", [layer.KernelSize.Height, layer.KernelSize.Width]),
            AttributeProto.Of("strides", [layer.Strides.Height, layer.Strides.Width]),
            AttributeProto.Of("dilations", [layer.DilationRate.Height, layer.DilationRate.Width]),
            AttributeProto.Of("pads", [top, left, bottom, right]),
            AttributeProto.Of("output_padding", [below, behind]),
        ]);
        return OnnxActivations.Apply(call, call.Output(transposed, channelsFirst: true), layer.Activation);
    }

    private static (int Before, int After, int Added) Margin(int input, int output, int window, int stride, int dilation, Padding padding)
    {
        int before = Windows.Slide(output, window, stride, dilation, padding).Before, after = (input - 1) * stride + (window - 1) * dilation + 1 - before - output;
        return (before, Math.Max(after, 0), Math.Max(-after, 0));
    }
}
