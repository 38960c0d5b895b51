using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>A weight of a layer that is being written.</summary>
/// <param name="Name">Its name in the layer, e.g. <c>kernel</c>.</param>
/// <param name="Path">Its name in the model, which becomes its name in the graph.</param>
/// <param name="Shape">Its shape in Keras's layout.</param>
/// <param name="Values">Its values in row-major order.</param>
internal sealed record OnnxWeight(string Name, string Path, TensorShape Shape, float[] Values);

/// <summary>One call of a layer that is being written: what its entry in <see cref="OnnxLayers"/> works with.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Node">The call.</param>
/// <param name="Path">The layer's name in the model, those of the models around it in front.</param>
/// <param name="Inputs">The values that it is called on.</param>
/// <param name="Weights">The layer's weights.</param>
internal sealed record OnnxCall(OnnxGraphBuilder Graph, Node Node, string Path, IReadOnlyList<OnnxValue> Inputs, IReadOnlyList<OnnxWeight> Weights)
{
    /// <summary>The only input.</summary>
    public OnnxValue Input => Inputs[0];

    /// <summary>The weight of a name, or null where the layer has none.</summary>
    public OnnxWeight? Weight(string name) => Weights.FirstOrDefault(w => w.Name == name);

    /// <summary>Adds a node of the layer.</summary>
    /// <returns>The name of its output.</returns>
    public string Add(string operation, IEnumerable<string> inputs, params AttributeProto[] attributes) => Graph.Node(Path, operation, inputs, attributes);

    /// <summary>A constant that the layer's arguments give.</summary>
    public string Scalar(string name, float value) => Graph.Constant($"{Path}/{name}", [value]);

    /// <summary>A constant that the layer's arguments give.</summary>
    public string Vector(string name, params ReadOnlySpan<long> values) => Graph.Constant($"{Path}/{name}", values);

    /// <summary>A constant that is spread over samples: of a sample's shape, 1 where it repeats.</summary>
    /// <param name="name">Its name; the same one for a shared layer's weights.</param>
    /// <param name="values">The values in row-major order.</param>
    /// <param name="shape">The shape, channels last.</param>
    /// <param name="channelsFirst">Whether it meets images that have their channels first.</param>
    public string Spread(string name, float[] values, IReadOnlyList<int> shape, bool channelsFirst = false)
    {
        if (!channelsFirst)
            return Graph.Constant(name, values, [.. shape.Select(d => (long)d)]);
        int pixels = shape[0] * shape[1], channels = shape[2];
        float[] turned = [.. Enumerable.Range(0, values.Length).Select(i => values[i % pixels * channels + i / pixels])];
        return Graph.Constant($"{name}/channels_first", turned, channels, shape[0], shape[1]);
    }

    /// <summary>A vector of weights as it is; none where the layer has no such weight.</summary>
    public IEnumerable<string> VectorWeight(string name) => Weight(name) is { } weight ? [Graph.Constant(weight.Path, weight.Values, weight.Shape.Size)] : [];

    /// <summary>The value that the layer gives.</summary>
    public OnnxValue Output(string name, bool channelsFirst = false) => new(name, Node.Outputs[0].Shape, channelsFirst);
}
