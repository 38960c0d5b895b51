using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>A graph of TensorFlow's runtime, made from the nodes of a <see cref="GraphBuilder"/>.</summary>
internal sealed unsafe class NativeGraph : IDisposable
{
    private readonly StatusHandle _status = new();
    private readonly Dictionary<string, nint> _operations = new(StringComparer.Ordinal);
    private readonly string? _device;
    private int _made;

    public NativeGraph(string? device)
    {
        _device = device;
        Handle = new GraphHandle();
    }

    public GraphHandle Handle { get; }

    /// <summary>What nodes are added to; <see cref="Extend"/> makes them operations.</summary>
    public GraphBuilder Builder { get; } = new();

    /// <summary>Makes operations of the nodes that were added since the last time.</summary>
    /// <exception cref="TensorFlowException">TensorFlow does not take a node.</exception>
    public void Extend()
    {
        for (; _made < Builder.Nodes.Count; _made++)
            Make(Builder.Nodes[_made]);
    }

    public NativeOutput Output(GraphOutput output) => new(_operations[output.Node], output.Index);

    public nint Operation(string name) => _operations[name];

    /// <summary>Adds derivatives.</summary>
    /// <param name="y">What is differentiated, a number.</param>
    /// <param name="x">With respect to what.</param>
    /// <returns>For each x its derivative; null where y does not depend on it.</returns>
    /// <exception cref="TensorFlowException">An operation between them has no derivative.</exception>
    public GraphOutput?[] Gradients(GraphOutput y, IReadOnlyList<GraphOutput> x)
    {
        NativeOutput of = Output(y);
        NativeOutput[] respectTo = [.. x.Select(Output)], found = new NativeOutput[respectTo.Length];
        fixed (NativeOutput* xs = respectTo, derivatives = found)
            TensorFlowApi.TF_AddGradients(Handle, &of, 1, xs, respectTo.Length, null, _status, derivatives);
        _status.Check("differentiate the model");
        return [.. found.Select(NameOf)];
    }

    public void Dispose()
    {
        Handle.Dispose();
        _status.Dispose();
    }

    private GraphOutput? NameOf(NativeOutput output)
    {
        if (output.Operation == 0)
            return null;
        string name = Marshal.PtrToStringUTF8((nint)TensorFlowApi.TF_OperationName(output.Operation))!;
        _operations[name] = output.Operation;
        return new GraphOutput(name, output.Index, TensorFlowApi.TF_OperationOutputType(output));
    }

    private void Make(GraphNode node)
    {
        nint description = TensorFlowApi.TF_NewOperation(Handle, node.Operation, node.Name);
        if (_device is not null)
            TensorFlowApi.TF_SetDevice(description, _device);
        foreach (GraphInput input in node.Inputs)
        {
            NativeOutput[] outputs = [.. input.Outputs.Select(Output)];
            if (!input.IsList)
            {
                TensorFlowApi.TF_AddInput(description, outputs[0]);
                continue;
            }
            fixed (NativeOutput* list = outputs)
                TensorFlowApi.TF_AddInputList(description, list, outputs.Length);
        }
        foreach (string before in node.ControlInputs)
            TensorFlowApi.TF_AddControlInput(description, _operations[before]);
        TensorFlowException? problem = null;
        foreach ((string name, GraphAttribute value) in node.Attributes)
            problem ??= Set(description, name, value);

        // Only finishing gives the description back.
        nint operation = TensorFlowApi.TF_FinishOperation(description, _status);
        if (problem is not null)
            throw problem;
        _status.Check($"add the operation {node.Operation} \"{node.Name}\"");
        _operations[node.Name] = operation;
    }

    private TensorFlowException? Set(nint description, string name, GraphAttribute attribute)
    {
        switch (attribute)
        {
            case GraphAttribute.OfType type:
                TensorFlowApi.TF_SetAttrType(description, name, type.Value);
                break;
            case GraphAttribute.OfTypes types:
                fixed (DataType* values = types.Value)
                    TensorFlowApi.TF_SetAttrTypeList(description, name, values, types.Value.Length);
                break;
            case GraphAttribute.OfInt integer:
                TensorFlowApi.TF_SetAttrInt(description, name, integer.Value);
                break;
            case GraphAttribute.OfInts integers:
                fixed (long* values = integers.Value)
                    TensorFlowApi.TF_SetAttrIntList(description, name, values, integers.Value.Length);
                break;
            case GraphAttribute.OfFloat number:
                TensorFlowApi.TF_SetAttrFloat(description, name, number.Value);
                break;
            case GraphAttribute.OfBool truth:
                TensorFlowApi.TF_SetAttrBool(description, name, truth.Value ? (byte)1 : (byte)0);
                break;
            case GraphAttribute.OfString text:
                byte[] bytes = Encoding.UTF8.GetBytes(text.Value);
                fixed (byte* value = bytes)
                    TensorFlowApi.TF_SetAttrString(description, name, value, (nuint)bytes.Length);
                break;
            case GraphAttribute.OfShape shape:
                fixed (long* dimensions = shape.Value)
                    TensorFlowApi.TF_SetAttrShape(description, name, dimensions, shape.Value.Length);
                break;
            case GraphAttribute.OfTensor { Value: GraphTensor tensor }:
                using (MemoryHandle content = tensor.Content.Pin())
                using (TensorHandle value = TensorHandle.Over(content.Pointer, tensor.Type, tensor.Shape))
                    TensorFlowApi.TF_SetAttrTensor(description, name, value, _status);
                return _status.Problem($"take the attribute {name}");
            default:
                return new TensorFlowException($"Attribute {name} is of an unknown kind.");
        }
        return null;
    }
}
