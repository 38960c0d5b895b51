using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>The activations that layers apply to their output: one entry an activation.</summary>
internal static class OnnxActivations
{
    /// <summary>Adds an activation's node behind a layer's value.</summary>
    /// <exception cref="ModelFormatException">ONNX export does not know the activation.</exception>
    public static OnnxValue Apply(OnnxCall call, OnnxValue value, ActivationFunction activation) => activation switch
    {
        ActivationFunction.Linear => value,
        ActivationFunction.Relu => value with { Name = call.Add("Relu", [value.Name]) },
        ActivationFunction.Sigmoid => value with { Name = call.Add("Sigmoid", [value.Name]) },
        ActivationFunction.Softmax => Softmax(call, call.Graph.ChannelsLast(value)),
        _ => throw new ModelFormatException($"The activation {activation} of {call.Node.Layer} cannot be written as ONNX."),
    };

    /// <summary>Before opset 13, ONNX's Softmax runs over all axes from the one given; the last is the one that both definitions agree on.</summary>
    private static OnnxValue Softmax(OnnxCall call, OnnxValue value) =>
        value with { Name = call.Add("Softmax", [value.Name], AttributeProto.Of("axis", value.Shape.Rank)) };
}
