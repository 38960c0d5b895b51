using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>A model's weights as variables of a session, which the training and the inference graph share.</summary>
internal sealed class GraphVariables : IGraphWeights
{
    private readonly GraphBuilder _graph;
    private readonly Dictionary<(Layer Layer, int Index), int> _places = [];
    private readonly Dictionary<int, string> _updates = [];

    public GraphVariables(GraphBuilder graph, Model model)
    {
        (_graph, Slots) = (graph, model.WeightSlots);
        Variables = [.. Slots.Select(slot => graph.Variable(slot.Path, Shape(slot)))];
        Reads = [.. Variables.Select(variable => graph.Read(variable))];
        for (int i = 0; i < Slots.Count; i++)
            _places[(Slots[i].Layer, Slots[i].Index)] = i;
    }

    /// <summary>The weights in the model's order.</summary>
    public IReadOnlyList<WeightSlot> Slots { get; }

    public GraphOutput[] Variables { get; }

    public GraphOutput[] Reads { get; }

    /// <summary>The nodes that give the weights that layers keep themselves their new values.</summary>
    public IEnumerable<string> Updates => _updates.Values;

    public static long[] Shape(WeightSlot slot) => [.. slot.Spec.Shape.Select(d => (long)d)];

    public GraphOutput Read(Layer layer, int index) => Reads[_places[(layer, index)]];

    /// <summary>A layer that is called several times makes an update at each call, one after the other.</summary>
    public void Update(Layer layer, int index, Func<GraphOutput, GraphOutput> next)
    {
        int place = _places[(layer, index)];
        GraphOutput old = _updates.TryGetValue(place, out string? before) ? _graph.Read(Variables[place], before) : Reads[place];
        _updates[place] = _graph.Assign(Variables[place], next(old));
    }
}
