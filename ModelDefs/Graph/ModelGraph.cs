namespace ConvNets.ModelDefs;

/// <summary>The calls between a model's inputs and outputs, in an order in which they can be run, and its layers in Keras's order.</summary>
internal sealed class ModelGraph
{
    /// <summary>Collects the graph behind the outputs, names the layers that have no name, and checks that the graph is whole.</summary>
    /// <exception cref="ModelException">An output does not come from the inputs, an input is not used, or two layers share a name.</exception>
    public ModelGraph(IReadOnlyList<KerasTensor> inputs, IReadOnlyList<KerasTensor> outputs)
    {
        if (inputs.Count == 0 || outputs.Count == 0)
            throw new ModelException("A model needs at least one input and one output.");
        Inputs = inputs;
        Outputs = outputs;
        (Nodes, Layers) = Sort();
        CheckWhole();
        NameLayers(Layers);
    }

    public IReadOnlyList<KerasTensor> Inputs { get; }

    public IReadOnlyList<KerasTensor> Outputs { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>
    /// Keras's order: by depth, the distance to the farthest output, deepest first; among equals in the order in which a walk from the outputs meets the layers.
    /// The walk keeps its own stack, so that a very deep model does not overflow the thread's.
    /// </summary>
    private (Node[] Nodes, Layer[] Layers) Sort()
    {
        var met = new Dictionary<Layer, int>(ReferenceEqualityComparer.Instance);
        var postorder = new List<Node>();
        var seen = new HashSet<Node>(ReferenceEqualityComparer.Instance);
        var stack = new Stack<(Node Node, int Next)>();
        foreach (KerasTensor output in Outputs)
        {
            Visit(output.Node);
            while (stack.TryPop(out (Node Node, int Next) top))
            {
                if (top.Next == top.Node.Inputs.Count)
                {
                    postorder.Add(top.Node);
                    continue;
                }
                stack.Push((top.Node, top.Next + 1));
                Visit(top.Node.Inputs[top.Next].Node);
            }
        }

        var nodeDepth = new Dictionary<Node, int>(ReferenceEqualityComparer.Instance);
        var layerDepth = new Dictionary<Layer, int>(ReferenceEqualityComparer.Instance);
        foreach (Node node in Enumerable.Reverse(postorder))
        {
            int depth = Math.Max(nodeDepth.GetValueOrDefault(node), layerDepth.GetValueOrDefault(node.Layer));
            nodeDepth[node] = depth;
            layerDepth[node.Layer] = depth;
            foreach (KerasTensor input in node.Inputs)
                nodeDepth[input.Node] = Math.Max(nodeDepth.GetValueOrDefault(input.Node), depth + 1);
        }
        return ([.. postorder.OrderByDescending(n => nodeDepth[n])], [.. met.Keys.OrderByDescending(l => layerDepth[l]).ThenBy(l => met[l])]);

        void Visit(Node node)
        {
            if (!seen.Add(node))
                return;
            met.TryAdd(node.Layer, met.Count);
            stack.Push((node, 0));
        }
    }

    private void CheckWhole()
    {
        foreach (KerasTensor input in Inputs)
        {
            if (input.Node.Layer is not InputLayer)
                throw new ModelException($"A model's inputs must come from an {nameof(InputLayer)}; received {input}.");
            if (!Nodes.Contains(input.Node))
                throw new ModelException($"No output of the model depends on its input {input}.");
        }
        foreach (Node node in Nodes)
        {
            if (node.Layer is InputLayer && !Inputs.Any(input => input.Node == node))
                throw new ModelException($"The graph is disconnected: an output depends on {node.Outputs[0]}, which is not among the model's inputs.");
        }
    }

    private static void NameLayers(IReadOnlyList<Layer> layers)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Layer layer in layers)
        {
            if (layer.Name is not null && !names.Add(layer.Name))
                throw new ModelException($"Two layers of the model are named \"{layer.Name}\"; every layer needs a name of its own.");
        }
        var counters = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Layer layer in layers)
        {
            layer.Name ??= LayerNames.FirstFree(layer.ClassName, names, counters);
            names.Add(layer.Name);
        }
    }
}
