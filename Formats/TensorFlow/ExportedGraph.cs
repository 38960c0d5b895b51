using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Formats.TensorFlow;

/// <summary>A model described as it predicts, with inputs and outputs by name.</summary>
internal sealed class ExportedGraph
{
    /// <param name="model">The model, built.</param>
    /// <param name="options">How things are called.</param>
    /// <param name="weightsOf">Where the weights come from.</param>
    /// <exception cref="ModelFormatException">A layer cannot be part of a graph.</exception>
    /// <exception cref="ArgumentException">Names are no names of nodes, or not as many as inputs or outputs.</exception>
    public ExportedGraph(Model model, TensorFlowExportOptions options, Func<GraphBuilder, IGraphWeights> weightsOf)
    {
        string[] inputs = options.InputNamesOf(model), outputs = options.OutputNamesOf(model);
        Inputs = [.. model.Inputs.Select((tensor, i) => (inputs[i], Graph.Placeholder(inputs[i], Dimensions(tensor.Shape)), tensor.Shape))];
        Weights = weightsOf(Graph);
        GraphOutput[] results;
        try
        {
            results = new ModelLowering(Graph, Weights).Lower(model, [.. Inputs.Select(input => input.Output)]);
        }
        catch (ModelException exception)
        {
            throw new ModelFormatException($"The model cannot be written for TensorFlow. {exception.Message}", exception);
        }
        Outputs = [.. model.Outputs.Select((tensor, i) => (outputs[i], Graph.Floats("Identity", outputs[i], [results[i]]), tensor.Shape))];
    }

    public GraphBuilder Graph { get; } = new();

    public IGraphWeights Weights { get; }

    public (string Name, GraphOutput Output, TensorShape Shape)[] Inputs { get; }

    public (string Name, GraphOutput Output, TensorShape Shape)[] Outputs { get; }

    public static long[] Dimensions(TensorShape shape) => [-1, .. shape.Select(d => (long)d)];
}

/// <summary>Weights as constants of the graph; those of a shared layer once.</summary>
internal sealed class ConstantWeights(GraphBuilder graph, Model model, ModelWeights weights) : IGraphWeights
{
    private readonly Dictionary<(Layer Layer, int Index), GraphOutput> _constants = model.WeightSlots.Zip(weights).ToDictionary(
        pair => (pair.First.Layer, pair.First.Index),
        pair => graph.Constant(pair.First.Path, pair.Second.Values, [.. pair.Second.Shape.Select(d => (long)d)]));

    public GraphOutput Read(Layer layer, int index) => _constants[(layer, index)];

    public void Update(Layer layer, int index, Func<GraphOutput, GraphOutput> next) => throw new NotSupportedException("A graph that predicts changes no weights.");
}

/// <summary>Weights as variables, whose values lie in a file beside the graph.</summary>
internal sealed class VariableWeights : IGraphWeights
{
    private readonly Dictionary<(Layer Layer, int Index), GraphOutput> _reads = [];

    public VariableWeights(GraphBuilder graph, Model model)
    {
        Variables = [.. model.WeightSlots.Select(slot => (slot, graph.Variable(slot.Path, [.. slot.Spec.Shape.Select(d => (long)d)])))];
        foreach ((WeightSlot slot, GraphOutput variable) in Variables)
            _reads[(slot.Layer, slot.Index)] = graph.Read(variable);
    }

    /// <summary>Each weight's variable, in the model's order.</summary>
    public IReadOnlyList<(WeightSlot Slot, GraphOutput Variable)> Variables { get; }

    public GraphOutput Read(Layer layer, int index) => _reads[(layer, index)];

    public void Update(Layer layer, int index, Func<GraphOutput, GraphOutput> next) => throw new NotSupportedException("A graph that predicts changes no weights.");
}
