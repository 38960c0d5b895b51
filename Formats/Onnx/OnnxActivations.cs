using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>The activations that layers apply to their output: one entry an activation.</summary>
internal static class OnnxActivations
{
    private static readonly Dictionary<ActivationFunction, Func<OnnxCall, OnnxValue, OnnxValue>> Entries = new()
    {
        [ActivationFunction.Linear] = static (_, value) => value,
        [ActivationFunction.Relu] = Node("Relu"),
        [ActivationFunction.Sigmoid] = Node("Sigmoid"),
        [ActivationFunction.Softmax] = LastAxis("Softmax"),
        [ActivationFunction.Tanh] = Node("Tanh"),
        [ActivationFunction.Elu] = Node("Elu"),
        [ActivationFunction.Selu] = Node("Selu"),
        [ActivationFunction.Gelu] = Function(static (call, x) =>
        {
            string error = call.Add("Erf", [call.Add("Mul", [x, call.Scalar("inverse_root_2", 0.70710678f)])]);
            return call.Add("Mul", [x, call.Add("Mul", [call.Add("Add", [error, call.Scalar("one", 1)]), call.Scalar("half", 0.5f)])]);
        }),
        [ActivationFunction.Silu] = Function(static (call, x) => call.Add("Mul", [x, call.Add("Sigmoid", [x])])),
        [ActivationFunction.Softplus] = Node("Softplus"),
        [ActivationFunction.Softsign] = Node("Softsign"),
        [ActivationFunction.Exponential] = Node("Exp"),
        [ActivationFunction.HardSigmoid] = Function(HardSigmoid),
        [ActivationFunction.HardSilu] = Function(static (call, x) => call.Add("Mul", [x, HardSigmoid(call, x)])),
        [ActivationFunction.LeakyRelu] = Node("LeakyRelu", ("alpha", 0.2f)),
        [ActivationFunction.Relu6] = Function(static (call, x) => call.Add("Clip", [x, call.Scalar("zero", 0), call.Scalar("six", 6)])),
        [ActivationFunction.Mish] = Function(static (call, x) => call.Add("Mul", [x, call.Add("Tanh", [call.Add("Softplus", [x])])])),
        [ActivationFunction.LogSoftmax] = LastAxis("LogSoftmax"),
        [ActivationFunction.Celu] = Node("Elu"),
        [ActivationFunction.LogSigmoid] = Function(static (call, x) => call.Add("Neg", [call.Add("Softplus", [call.Add("Neg", [x])])])),
        [ActivationFunction.HardTanh] = Function(static (call, x) => call.Add("Clip", [x, call.Scalar("minus_one", -1), call.Scalar("one", 1)])),
        [ActivationFunction.HardShrink] = Node("Shrink", ("lambd", 0.5f), ("bias", 0)),
        [ActivationFunction.SoftShrink] = Node("Shrink", ("lambd", 0.5f), ("bias", 0.5f)),
        [ActivationFunction.TanhShrink] = Function(static (call, x) => call.Add("Sub", [x, call.Add("Tanh", [x])])),
        [ActivationFunction.Squareplus] = Function(static (call, x) =>
        {
            string root = call.Add("Sqrt", [call.Add("Add", [call.Add("Mul", [x, x]), call.Scalar("four", 4)])]);
            return call.Add("Mul", [call.Add("Add", [x, root]), call.Scalar("half", 0.5f)]);
        }),
    };

    /// <summary>Whether an activation can be written.</summary>
    public static bool Supports(ActivationFunction activation) => Entries.ContainsKey(activation);

    /// <summary>Adds an activation's nodes behind a layer's value.</summary>
    /// <exception cref="ModelFormatException">ONNX export does not know the activation.</exception>
    public static OnnxValue Apply(OnnxCall call, OnnxValue value, ActivationFunction activation) => Entries.TryGetValue(activation, out Func<OnnxCall, OnnxValue, OnnxValue>? apply)
        ? apply(call, value)
        : throw new ModelFormatException($"The activation {activation} of {call.Node.Layer} cannot be written as ONNX.");

    private static Func<OnnxCall, OnnxValue, OnnxValue> Function(Func<OnnxCall, string, string> function) => (call, value) => value with { Name = function(call, value.Name) };

    private static Func<OnnxCall, OnnxValue, OnnxValue> Node(string operation, params (string Name, float Value)[] attributes) =>
        Function((call, x) => call.Add(operation, [x], [.. attributes.Select(a => AttributeProto.Of(a.Name, a.Value))]));

    /// <summary>Before opset 13, ONNX's Softmax runs over all axes from the one given; the last is the one that both definitions agree on.</summary>
    private static Func<OnnxCall, OnnxValue, OnnxValue> LastAxis(string operation) => (call, value) =>
    {
        OnnxValue last = call.Graph.ChannelsLast(value);
        return last with { Name = call.Add(operation, [last.Name], AttributeProto.Of("axis", last.Shape.Rank)) };
    };

    private static string HardSigmoid(OnnxCall call, string x) => call.Add("HardSigmoid", [x], AttributeProto.Of("alpha", 1 / 6f), AttributeProto.Of("beta", 0.5f));
}
