using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="Dense"/> as Gemm, or where samples are not vectors as MatMul and Add.</summary>
internal static class DenseOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        OnnxWeight weight = call.Weight("kernel")!;
        string kernel = call.Graph.Constant(weight.Path, weight.Values, weight.Shape[0], weight.Shape[1]);
        string input = call.Graph.ChannelsLast(call.Input).Name;
        string[] bias = [.. call.VectorWeight("bias")];
        string product = call.Input.Shape.Rank == 1 ? call.Add("Gemm", [input, kernel, .. bias]) : call.Add("MatMul", [input, kernel]);
        if (call.Input.Shape.Rank > 1 && bias.Length > 0)
            product = call.Add("Add", [product, .. bias]);
        return OnnxActivations.Apply(call, call.Output(product), ((Dense)call.Node.Layer).Activation);
    }
}
