using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// What a layer of one's own implements, besides deriving from <see cref="Layer"/>, to run on <see cref="Engine.Managed"/>. <see cref="GradientCheck"/> tests it.
/// </summary>
/// <example>
/// <code>
/// sealed class Square : Layer, IManagedLayer
/// {
///     public Square() : base(null) { }
///
///     public override TensorShape ComputeOutputShape(IReadOnlyList&lt;TensorShape&gt; inputShapes) => inputShapes[0];
///
///     public void Forward(LayerPass pass)
///     {
///         for (int i = 0; i &lt; pass.Output.Length; i++)
///             pass.Output[i] = pass.Input(0)[i] * pass.Input(0)[i];
///     }
///
///     public void Backward(LayerPass pass)
///     {
///         for (int i = 0; i &lt; pass.OutputGradient.Length; i++)
///             pass.InputGradient(0)[i] += 2 * pass.Input(0)[i] * pass.OutputGradient[i];
///     }
/// }
/// </code>
/// </example>
public interface IManagedLayer
{
    /// <summary>Computes <see cref="LayerPass.Output"/> for all samples of a batch.</summary>
    void Forward(LayerPass pass);

    /// <summary>
    /// Adds to <see cref="LayerPass.InputGradient"/> and <see cref="LayerPass.WeightGradient"/>, those that are not empty, the loss's derivatives, from
    /// <see cref="LayerPass.OutputGradient"/>.
    /// </summary>
    void Backward(LayerPass pass);
}

/// <summary>A batch as a layer of one's own sees it. All values are in row-major order, the samples first.</summary>
public sealed unsafe class LayerPass
{
    private readonly CustomLayerOperation _operation;

    internal LayerPass(CustomLayerOperation operation) => _operation = operation;

    /// <summary>The number of samples.</summary>
    public int Count { get; internal set; }

    /// <summary>Whether the model is trained: random layers and batch statistics are only then at work.</summary>
    public bool Training => _operation.Training;

    /// <summary>The number of inputs.</summary>
    public int InputCount => _operation.Inputs.Count;

    /// <summary>The shape of one sample of an input.</summary>
    public TensorShape InputShape(int index) => _operation.Inputs[index].Shape;

    /// <summary>The shape of one sample of the output.</summary>
    public TensorShape OutputShape => _operation.Output.Shape;

    /// <summary>The values of an input.</summary>
    public ReadOnlySpan<float> Input(int index) => new(_operation.Inputs[index].Data, Count * InputShape(index).Size);

    /// <summary>The values of the output: written going forward, read going backward.</summary>
    public Span<float> Output => new(_operation.Output.Data, Count * OutputShape.Size);

    /// <summary>The values of a weight.</summary>
    /// <exception cref="ArgumentException">The layer has none of that name.</exception>
    public ReadOnlySpan<float> Weight(string name)
    {
        Parameter weight = _operation.Weight(name);
        return new ReadOnlySpan<float>(weight.Values, weight.Size);
    }

    /// <summary>Going backward: the loss's derivatives with respect to the output.</summary>
    public ReadOnlySpan<float> OutputGradient => new(_operation.Output.Gradient, Count * OutputShape.Size);

    /// <summary>Going backward: the loss's derivatives with respect to an input, which are to be added to; empty where they are not needed.</summary>
    public Span<float> InputGradient(int index) => _operation.Inputs[index].NeedsGradient ? new Span<float>(_operation.Inputs[index].Gradient, Count * InputShape(index).Size) : [];

    /// <summary>Going backward: the loss's derivatives with respect to a weight, which are to be added to; empty where the weight is not trained.</summary>
    /// <exception cref="ArgumentException">The layer has none of that name.</exception>
    public Span<float> WeightGradient(string name)
    {
        Parameter weight = _operation.Weight(name);
        return weight.Gradient == null ? [] : new Span<float>(weight.Gradient, weight.Size);
    }

    /// <summary>A random generator that gives the same numbers forward and backward in a step, and others in the next.</summary>
    public Philox Random() => _operation.Random.Generator;
}

/// <summary>A layer of a user's own.</summary>
internal sealed unsafe class CustomLayerOperation : Operation
{
    private readonly IManagedLayer _computation;
    private readonly Layer _layer;
    private readonly Dictionary<string, Parameter> _weights;
    private readonly LayerPass _pass;

    public CustomLayerOperation(PlanContext context, Layer layer)
    {
        (_layer, _computation, Training) = (layer, (IManagedLayer)layer, context.Training);
        _weights = layer.Weights.ToDictionary(w => w.Name, w => context.Find(layer, w.Name)!, StringComparer.Ordinal);
        Random = context.NewStream(null);
        _pass = new LayerPass(this);
    }

    public bool Training { get; }

    public RandomStream Random { get; }

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => true;

    public Parameter Weight(string name) => _weights.TryGetValue(name, out Parameter? weight)
        ? weight
        : throw new ArgumentException($"{_layer} has no weight \"{name}\"; it has {string.Join(", ", _weights.Keys)}.", nameof(name));

    public override void Forward(int count)
    {
        Random.Begin();
        _pass.Count = count;
        _computation.Forward(_pass);
    }

    public override void Backward(int count)
    {
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (!Accumulates[i])
                _pass.InputGradient(i).Clear();
        }
        foreach (string name in _weights.Keys)
            _pass.WeightGradient(name).Clear();
        _computation.Backward(_pass);
    }
}
