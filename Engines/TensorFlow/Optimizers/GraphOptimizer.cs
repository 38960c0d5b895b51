using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>A weight that is trained.</summary>
/// <param name="Slot">Its place in the model.</param>
/// <param name="Variable">Its variable.</param>
/// <param name="Read">Its values in a step.</param>
/// <param name="Gradient">The loss's derivatives with respect to it.</param>
internal sealed record TrainedWeight(WeightSlot Slot, GraphOutput Variable, GraphOutput Read, GraphOutput Gradient);

/// <summary>
/// An optimizer at work in a graph, as <see cref="OptimizerRun"/> is in memory: its variables, its steps, and what all optimizers have in common: accumulation, clipping, weight decay
/// and the moving average. What depends on the step is fed in.
/// </summary>
internal sealed unsafe class GraphOptimizer : IOptimizerRun, IDisposable
{
    // Every number has a cache line of its own, since TensorFlow copies what is not at a multiple of 64 bytes.
    private const int Stride = 16;

    private readonly NativeGraph _graph;
    private readonly GraphSession _session;
    private readonly Optimizer _optimizer;
    private readonly IReadOnlyList<TrainedWeight> _weights;
    private readonly List<(string Path, WeightSlot Slot, GraphOutput Variable)> _memory = [];
    private readonly GraphValue[] _numbers;
    private readonly AlignedBuffer _values;
    private readonly TensorHandle[] _tensors;
    private readonly VariableGroup _remembered;
    private readonly VariableGroup _averages;
    private readonly VariableGroup _trained;
    private readonly string[] _move;
    private readonly string[] _gather;
    private double _learningRate;

    public GraphOptimizer(NativeGraph graph, GraphSession session, Optimizer optimizer, IReadOnlyList<TrainedWeight> weights)
    {
        (_graph, _session, _optimizer, _weights, _learningRate) = (graph, session, optimizer, weights, optimizer.LearningRate);
        int count = Numbers().Length;
        _numbers = [.. Enumerable.Range(0, count).Select(i => graph.Builder.Value($"optimizer/number_{i}", graph.Builder.Placeholder($"optimizer/number_{i}")))];
        _values = new AlignedBuffer((long)Stride * count);
        _tensors = [.. Enumerable.Range(0, count).Select(i => TensorHandle.Over(_values.Pointer + Stride * i, DataType.Float, []))];
        GraphOutput[][] slots = [.. Enumerable.Range(0, optimizer.SlotCount).Select(i => Remember($"slot_{i}", optimizer.InitialSlotValue(i)))];
        GraphOutput[]? averages = optimizer.UseEma ? Remember("average", 0) : null, accumulated = optimizer.GradientAccumulationSteps is null ? null : Remember("accumulated", 0);
        (_move, _gather) = Describe(slots, averages, accumulated);
        graph.Extend();
        TensorShape[] shapes = [.. weights.Select(w => w.Slot.Spec.Shape)];
        _remembered = new VariableGroup(graph, session, [.. _memory.Select(m => m.Variable)], [.. _memory.Select(m => m.Slot.Spec.Shape)]);
        _averages = new VariableGroup(graph, session, averages ?? [], shapes);
        _trained = new VariableGroup(graph, session, [.. weights.Select(w => w.Variable)], shapes);
    }

    /// <inheritdoc/>
    public long Batches { get; private set; }

    /// <inheritdoc/>
    public double LearningRate
    {
        get => _optimizer.Schedule?.At(Batches) ?? _learningRate;
        set => _learningRate = OptimizerRun.CheckLearningRate(_optimizer, value);
    }

    /// <summary>Whether the weights move at the next batch, or only gradients are gathered.</summary>
    public bool MovesNext => _optimizer.GradientAccumulationSteps is not int every || (Batches + 1) % every == 0;

    /// <summary>What is fed in.</summary>
    public IEnumerable<GraphOutput> Feeds => _numbers.Select(n => n.Output);

    /// <summary>The values of <see cref="Feeds"/>, as <see cref="Begin"/> last set them.</summary>
    public IReadOnlyList<TensorHandle> Values => _tensors;

    /// <summary>The nodes that take in a batch and move the weights, or only gather its gradients.</summary>
    public IReadOnlyList<string> Targets(bool moves) => moves ? _move : _gather;

    /// <summary>Sets the numbers for the next batch.</summary>
    public void Begin()
    {
        float[] numbers = Numbers();
        for (int i = 0; i < numbers.Length; i++)
            _values.Pointer[Stride * i] = numbers[i];
    }

    /// <summary>Counts a batch that was taken in.</summary>
    public void End() => Batches++;

    /// <inheritdoc/>
    public OptimizerState GetState() => new(Batches, LearningRate,
        new ModelWeights(_memory.Zip(_remembered.Get(), (m, value) => new WeightTensor(m.Path, m.Slot.Spec.Shape, value, Trainable: true))));

    /// <inheritdoc/>
    public void SetState(OptimizerState state)
    {
        OptimizerRun.CheckState(_optimizer, [.. _memory.Select(m => (m.Path, m.Slot.Spec.Shape.Size))], state);
        _remembered.Set(i => state.Values[i].Values);
        (Batches, _learningRate) = (state.Batches, state.LearningRate);
    }

    /// <inheritdoc/>
    public void UseAverage()
    {
        if (!_optimizer.UseEma || Batches == 0)
            return;
        float[][] averages = _averages.Get();
        _trained.Set(i => averages[i]);
    }

    public void Dispose()
    {
        foreach (TensorHandle tensor in _tensors)
            tensor.Dispose();
        _values.Dispose();
    }

    /// <summary>The step size, what the moving average keeps, whether it takes the weights' place, and the optimizer's own numbers.</summary>
    private float[] Numbers()
    {
        long updates = Batches / (_optimizer.GradientAccumulationSteps ?? 1);
        float kept = updates == 0 ? 0 : (float)_optimizer.EmaMomentum, overwrites = _optimizer.EmaOverwriteFrequency is int every && (updates + 1) % every == 0 ? 1 : 0;
        return [(float)LearningRate, kept, overwrites, .. TensorFlowOptimizers.Numbers(_optimizer, LearningRate, updates + 1)];
    }

    /// <summary>A variable for each weight, with its first value.</summary>
    private GraphOutput[] Remember(string name, float first)
    {
        GraphOutput[] variables = [.. _weights.Select(w => _graph.Builder.Variable($"{name}/{w.Slot.Path}", GraphVariables.Shape(w.Slot)))];
        _memory.AddRange(variables.Zip(_weights, (variable, weight) => ($"{name}/{weight.Slot.Path}", weight.Slot, variable)));
        string[] fill = [.. variables.Zip(_weights, (variable, weight) => _graph.Builder.Assign(variable, Fill(weight, first)))];
        _graph.Extend();
        if (fill.Length > 0)
            _session.Run(new GraphCall(_graph, [], [], fill), [], [], "set the optimizer's first values");
        return variables;
    }

    private GraphOutput Fill(TrainedWeight weight, float value) => _graph.Builder.Floats("Fill", $"{weight.Slot.Path}/Fill",
        [_graph.Builder.Integers($"{weight.Slot.Path}/shape", [.. weight.Slot.Spec.Shape]), _graph.Builder.Scalar($"{weight.Slot.Path}/value", value)], ("index_type", DataType.Int32));

    private (string[] Move, string[] Gather) Describe(GraphOutput[][] slots, GraphOutput[]? averages, GraphOutput[]? accumulated)
    {
        GraphBuilder builder = _graph.Builder;
        var move = new List<string>();
        var gather = new List<string>();
        var gradients = new GraphValue[_weights.Count];
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = builder.Value($"{_weights[i].Slot.Path}/update", _weights[i].Gradient);
            if (accumulated is null)
                continue;
            GraphValue sum = gradients[i].Of(builder.Read(accumulated[i])) + gradients[i];
            gather.Add(builder.Assign(accumulated[i], sum));
            gradients[i] = sum / _optimizer.GradientAccumulationSteps!.Value;
            move.Add(builder.Assign(accumulated[i], sum * 0));
            if (averages is not null)
                gather.AddRange(Average(i, averages[i], gather[^1]));
        }
        gradients = Clip(gradients);
        for (int i = 0; i < gradients.Length; i++)
        {
            GraphValue weight = gradients[i].Of(_weights[i].Read);
            if (_optimizer.WeightDecay is double decay)
                weight -= weight * decay * _numbers[0];
            var call = new UpdateCall(_weights[i].Variable, weight, gradients[i], [.. slots.Select(s => s[i])], [.. slots.Select(s => weight.Of(builder.Read(s[i])))], _numbers[3..]);
            move.AddRange(TensorFlowOptimizers.Step(_optimizer, call));
            if (averages is not null)
                move.AddRange(Average(i, averages[i], move[^1]));
        }
        return ([.. move], [.. gather]);
    }

    private GraphValue[] Clip(GraphValue[] gradients)
    {
        if (_optimizer.ClipValue is double limit)
            return [.. gradients.Select(g => g.Clamp(-limit, limit))];
        if (_optimizer.ClipNorm is double bound)
            return [.. gradients.Select((g, i) => g * (bound / Squares(g, i).Apply("Sqrt").Max(bound)))];
        if (_optimizer.GlobalClipNorm is not double all || gradients.Length == 0)
            return gradients;
        GraphValue norm = gradients.Select(Squares).Aggregate((sum, square) => sum + square).Apply("Sqrt");
        return [.. gradients.Select(g => g * (all / norm.Max(all)))];

        GraphValue Squares(GraphValue gradient, int i) => gradient.Apply("Square").Sum(keepAxes: false, [.. Enumerable.Range(0, _weights[i].Slot.Spec.Shape.Rank)]);
    }

    /// <summary>The average follows the weight as it is after the step, and takes its place where that is due.</summary>
    private IEnumerable<string> Average(int i, GraphOutput average, string after)
    {
        GraphBuilder builder = _graph.Builder;
        GraphValue weight = builder.Value($"{_weights[i].Slot.Path}/average", builder.Read(_weights[i].Variable, after)), kept = _numbers[1];
        GraphValue next = kept * weight.Of(builder.Read(average)) + (1 - kept) * weight;
        yield return builder.Assign(average, next);
        if (_optimizer.EmaOverwriteFrequency is not null)
            yield return builder.Assign(_weights[i].Variable, _numbers[2].Is("Greater", 0).Choose(next, weight));
    }
}
