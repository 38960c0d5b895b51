using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>Walks a model's calls of layers and writes each, with the graph's inputs in front and its outputs behind.</summary>
internal sealed class OnnxModelWriter
{
    private readonly Model _model;
    private readonly OnnxExportOptions _options;
    private readonly OnnxGraphBuilder _builder = new();
    private readonly Dictionary<Layer, OnnxWeight[]> _weights;

    public OnnxModelWriter(Model model, ModelWeights weights, OnnxExportOptions options)
    {
        _model = model;
        _options = options;
        _weights = model.WeightSlots.Zip(weights, (slot, tensor) => (slot.Layer, Weight: new OnnxWeight(slot.Spec.Name, slot.Path, tensor.Shape, tensor.Values)))
            .GroupBy(pair => pair.Layer, pair => pair.Weight, ReferenceEqualityComparer.Instance)
            .ToDictionary(group => (Layer)group.Key!, group => group.ToArray());
    }

    /// <summary>The whole graph.</summary>
    public GraphProto Write()
    {
        GraphProto graph = _builder.Graph;
        graph.Name = _model.DisplayName;
        string[] inputNames = [.. _model.Inputs.Select((t, i) => _builder.UniqueName(_options.InputNames?[i] ?? t.Node.Layer.Name!))];
        string[] outputNames = [.. _model.Outputs.Select((t, i) => _builder.UniqueName(_options.OutputNames?[i] ?? t.Node.Layer.Name!))];
        OnnxValue[] inputs = [.. _model.Inputs.Select((t, i) => Input(inputNames[i], t.Shape))];
        OnnxValue[] outputs = Walk(_model, inputs, "");
        for (int i = 0; i < outputs.Length; i++)
            Output(outputNames[i], outputs[i]);
        RemoveUnused();
        return graph;
    }

    private OnnxValue[] Walk(Model model, OnnxValue[] inputs, string prefix)
    {
        var values = new Dictionary<KerasTensor, OnnxValue>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < inputs.Length; i++)
            values[model.Inputs[i]] = inputs[i];
        foreach (Node node in model.Nodes.Where(n => n.Layer is not InputLayer))
        {
            OnnxValue[] nodeInputs = [.. node.Inputs.Select(t => values[t])];
            string path = prefix + node.Layer.Name;
            OnnxValue[] outputs = node.Layer is Model nested
                ? Walk(nested, nodeInputs, path + "/")
                : [OnnxLayers.Export(new OnnxCall(_builder, node, path, nodeInputs, _weights.GetValueOrDefault(node.Layer, [])))];
            for (int i = 0; i < outputs.Length; i++)
                values[node.Outputs[i]] = outputs[i];
        }
        return [.. model.Outputs.Select(t => values[t])];
    }

    /// <summary>Declares an input, and brings what comes in there to floats with a batch dimension.</summary>
    private OnnxValue Input(string name, TensorShape shape)
    {
        bool bytes = _options.InputType == OnnxElementType.UInt8;
        _builder.Graph.Input.Add(Describe(name, bytes ? TensorDataType.UInt8 : TensorDataType.Float, _options.InputShape, shape));
        string value = name;
        if (bytes)
            value = _builder.Node(name, "Cast", [value], AttributeProto.Of("to", (long)TensorDataType.Float));
        if (_options.InputDivisor != 1)
            value = _builder.Node(name, "Div", [value, _builder.Constant("input_divisor", [_options.InputDivisor])]);
        if (_options.InputShape != OnnxShape.Batch)
            value = _builder.Node(name, "Reshape", [value, _builder.Constant($"{name}/shape", [1, .. shape])]);
        return new OnnxValue(value, shape);
    }

    /// <summary>Declares an output, and brings the model's value to what the options ask for.</summary>
    private void Output(string name, OnnxValue result)
    {
        if (_options.Logits && _builder.Graph.Node.Find(n => n.Output[0] == result.Name) is { OpType: "Sigmoid" or "Softmax" } activation)
            result = result with { Name = activation.Input[0] };
        string value = _builder.ChannelsLast(result).Name;
        if (_options.OutputScale != 1)
            value = _builder.Node(name, "Mul", [value, _builder.Constant("output_scale", [_options.OutputScale])]);
        if (_options.OutputShift != 0)
            value = _builder.Node(name, "Add", [value, _builder.Constant("output_shift", [_options.OutputShift])]);
        if (_options.OutputShape != OnnxShape.Batch)
            value = _builder.Node(name, "Reshape", [value, _builder.Constant($"{name}/shape", Dimensions(_options.OutputShape, result.Shape))]);
        _builder.Graph.Node.Add(new NodeProto { Name = name, OpType = "Identity", Input = [value], Output = [name] });
        _builder.Graph.Output.Add(Describe(name, TensorDataType.Float, _options.OutputShape, result.Shape));
    }

    /// <summary>Leaves out nodes that nothing needs: an activation before the logits, a value brought to another layout in vain.</summary>
    private void RemoveUnused()
    {
        List<NodeProto> nodes = _builder.Graph.Node;
        HashSet<string> needed = [.. _builder.Graph.Output.Select(o => o.Name!)];
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            if (nodes[i].Output.Exists(needed.Contains))
                needed.UnionWith(nodes[i].Input);
            else
                nodes.RemoveAt(i);
        }
    }

    private ValueInfoProto Describe(string name, TensorDataType type, OnnxShape form, TensorShape shape)
    {
        var dimensions = Dimensions(form, shape).Select(d => new DimensionProto { DimValue = d }).ToList();
        if (form == OnnxShape.Batch)
            dimensions.Insert(0, _options.InputShape == OnnxShape.Batch ? new DimensionProto { DimParam = "N" } : new DimensionProto { DimValue = 1 });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TensorTypeProto { ElemType = type, Shape = new TensorShapeProto { Dim = dimensions } } } };
    }

    private static long[] Dimensions(OnnxShape form, TensorShape shape) => form == OnnxShape.Vector ? [shape.Size] : [.. shape.Select(d => (long)d)];
}
