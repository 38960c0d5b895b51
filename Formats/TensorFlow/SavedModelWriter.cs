using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;
using ProtoBuf;

namespace ConvNets.Formats.TensorFlow;

/// <summary>
/// Writes a SavedModel: <c>saved_model.pb</c> with the graph, its signature and the nodes that restore variables, and <c>variables/</c> with their values. The form is that of
/// TensorFlow 1, which every TensorFlow reads.
/// </summary>
internal static class SavedModelWriter
{
    private const string Signature = "serving_default", Method = "tensorflow/serving/predict", Tag = "serve";

    public static void Write(string folder, Model model, ModelWeights weights, TensorFlowExportOptions options)
    {
        var graph = new ExportedGraph(model, options, builder => new VariableWeights(builder, model));
        IReadOnlyList<(WeightSlot Slot, GraphOutput Variable)> variables = ((VariableWeights)graph.Weights).Variables;
        SaverDef saver = AddSaver(graph.Graph, [.. variables.Select(v => v.Variable)], out string[] assigns);
        byte[][] definitions = [.. variables.Select((v, i) => Bytes(new VariableDef
        {
            VariableName = $"{v.Variable.Node}:0",
            InitializerName = assigns[i],
            SnapshotName = $"{v.Variable.Node}/read:0",
            IsResource = true,
            Trainable = v.Slot.Trainable,
        }))];
        var meta = new MetaGraphDef
        {
            MetaInfoDef = new MetaInfoDef { Tags = [Tag], TensorflowVersion = "2.16.0" },
            GraphDef = GraphDefWriter.Write(graph.Graph),
            SaverDef = saver,
            SignatureDef = { [Signature] = new SignatureDef { MethodName = Method, Inputs = Infos(graph.Inputs), Outputs = Infos(graph.Outputs) } },
            CollectionDef =
            {
                ["variables"] = new CollectionDef { BytesList = new BytesList { Value = [.. definitions] } },
                ["trainable_variables"] = new CollectionDef { BytesList = new BytesList { Value = [.. definitions.Where((_, i) => variables[i].Slot.Trainable)] } },
            },
        };
        Directory.CreateDirectory(Path.Combine(folder, "variables"));
        TensorBundle.Write(Path.Combine(folder, "variables", "variables"), [.. variables.Zip(weights, (v, weight) => (v.Variable.Node, weight.Shape, weight.Values))]);
        File.WriteAllBytes(Path.Combine(folder, "saved_model.pb"), Bytes(new SavedModelProto { SavedModelSchemaVersion = 1, MetaGraphs = [meta] }));
    }

    /// <summary>Adds the nodes that save all variables to a file and restore them.</summary>
    private static SaverDef AddSaver(GraphBuilder graph, GraphOutput[] variables, out string[] assigns)
    {
        GraphOutput file = graph.Add("Const", "save/Const", [], DataType.String, [], ("dtype", DataType.String), ("value", new GraphAttribute.OfTexts(["model"], IsScalar: true)));
        GraphOutput names = graph.Texts("save/tensor_names", [.. variables.Select(v => v.Node)]), slices = graph.Texts("save/slices", [.. variables.Select(_ => "")]);
        DataType[] types = [.. variables.Select(_ => DataType.Float)];
        GraphOutput saved = graph.Add("SaveV2", "save/SaveV2", [file, names, slices, GraphInput.List([.. variables.Select(variable => graph.Read(variable))])], DataType.String, [],
            ("dtypes", new GraphAttribute.OfTypes(types)));
        GraphOutput done = graph.Add("Identity", "save/control_dependency", [file], DataType.String, [saved.Node], ("T", DataType.String));
        GraphOutput restored = graph.Add("RestoreV2", "save/RestoreV2", [file, names, slices], DataType.Float, [], ("dtypes", new GraphAttribute.OfTypes(types)));
        string[] all = [.. variables.Select((variable, i) => graph.Assign(variable, restored with { Index = i }))];
        assigns = all;
        GraphOutput restore = graph.Add("NoOp", "save/restore_all", [], DataType.Float, all);
        return new SaverDef { FilenameTensorName = $"{file.Node}:0", SaveTensorName = $"{done.Node}:0", RestoreOpName = restore.Node, Version = 2 };
    }

    private static Dictionary<string, TensorInfo> Infos((string Name, GraphOutput Output, TensorShape Shape)[] values) => values.ToDictionary(v => v.Name, v => new TensorInfo
    {
        Name = $"{v.Output.Node}:{v.Output.Index}",
        Dtype = (int)DataType.Float,
        TensorShape = TensorShapeProto.Of(ExportedGraph.Dimensions(v.Shape)),
    }, StringComparer.Ordinal);

    private static byte[] Bytes<T>(T message)
    {
        using var stream = new MemoryStream();
        Serializer.Serialize(stream, message);
        return stream.ToArray();
    }
}
