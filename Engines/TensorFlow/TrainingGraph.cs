using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>What goes into a model's graphs.</summary>
/// <param name="Step">How many training steps there were, for random layers.</param>
/// <param name="Inputs">The model's inputs.</param>
/// <param name="Targets">The targets of each loss.</param>
/// <param name="SampleWeights">What each sample counts.</param>
internal sealed record GraphFeeds(GraphOutput Step, GraphOutput[] Inputs, GraphOutput[] Targets, GraphOutput SampleWeights);

/// <summary>A model on its inputs.</summary>
/// <param name="Outputs">The model's outputs.</param>
/// <param name="LossInputs">What each loss is computed from: an output, or the input of its activation.</param>
/// <param name="FromLogits">For each loss, whether it is the latter.</param>
/// <param name="Penalty">What regularizers add to the loss; null for nothing.</param>
/// <param name="LayerOutputs">What each layer gives, in the order in which they are called.</param>
internal sealed record LoweredModel(GraphOutput[] Outputs, GraphOutput[] LossInputs, bool[] FromLogits, GraphOutput? Penalty, IReadOnlyList<(string Layer, GraphOutput Output)> LayerOutputs)
{
    /// <summary>All that is asked for at each batch.</summary>
    public GraphOutput[] Results => [.. Outputs, .. LossInputs, .. Penalty is { } penalty ? [penalty] : Array.Empty<GraphOutput>()];

    /// <summary>Adds the nodes.</summary>
    /// <param name="request">The model and its losses.</param>
    /// <param name="graph">What they are added to.</param>
    /// <param name="variables">The weights.</param>
    /// <param name="inputs">The model's inputs.</param>
    /// <param name="random">What random layers draw from in training; null for inference.</param>
    /// <exception cref="ModelException">A layer or a regularizer cannot be part of a graph.</exception>
    public static LoweredModel Lower(ExecutorRequest request, GraphBuilder graph, GraphVariables variables, GraphOutput[] inputs, GraphRandom? random)
    {
        string prefix = random is null ? "inference/" : "training/";
        var lowering = new ModelLowering(graph, variables, random, prefix);
        GraphOutput[] outputs = lowering.Lower(request.Model, inputs);
        GraphOutput?[] logits = [.. request.Losses.Select((loss, i) => lowering.InputOf(outputs[i], loss.Activation))];
        GraphOutput[] penalties = [.. lowering.Penalties, .. variables.Slots.Zip(variables.Reads).Where(pair => pair.First is { Trainable: true, Spec.Regularizer: not null }).Select(pair =>
            TensorFlowRegularizers.OfWeight(graph.Value($"{prefix}{pair.First.Path}/penalty", pair.Second), pair.First.Spec.Regularizer!, pair.First.Spec.Shape.Rank, pair.First.Path).Output)];
        GraphOutput? penalty = penalties.Length == 0 ? null
            : penalties.Skip(1).Aggregate(graph.Value($"{prefix}penalty", penalties[0]), (sum, next) => sum + sum.Of(next)).Output;
        return new LoweredModel(outputs, [.. logits.Select((input, i) => input ?? outputs[i])], [.. logits.Select(input => input is not null)], penalty, lowering.LayerOutputs);
    }
}

/// <summary>The model as it trains, its losses and gradients, and where it has nodes the optimizer. Made at the first training batch.</summary>
internal sealed class TrainingGraph : IDisposable
{
    private readonly NativeGraph _graph;
    private readonly GraphOutput[] _samples;
    private readonly GraphOutput?[] _gradients;
    private readonly GraphOutput[] _besides;
    private readonly GraphVariables _variables;
    private readonly GraphCall? _move;
    private readonly GraphCall? _gather;

    public TrainingGraph(ExecutorRequest request, NativeGraph graph, GraphSession session, GraphVariables variables, GraphFeeds feeds)
    {
        (_graph, _variables) = (graph, variables);
        GraphBuilder builder = graph.Builder;
        Model = LoweredModel.Lower(request, builder, variables, feeds.Inputs, new GraphRandom(request.Seed, feeds.Step));
        HostSlopes = !request.Losses.All(loss => TensorFlowLosses.Supports(loss.GetType()));
        GraphOutput[] slopes = HostSlopes ? [.. request.Losses.Select((_, i) => builder.Placeholder($"slopes_{i}", [-1, .. request.Model.Outputs[i].Shape.Select(d => (long)d)]))] : [];
        GraphValue[] losses = [.. request.Losses.Select((loss, i) => HostSlopes
            ? WithSlopes(builder.Value($"loss_{i}", Model.LossInputs[i]), slopes[i], request.Model.Outputs[i].Shape.Rank)
            : TensorFlowLosses.Lower(builder, $"loss_{i}", loss, Model.LossInputs[i], Model.FromLogits[i], request.Model.Outputs[i].Shape, feeds.Targets[i], feeds.SampleWeights) * request.LossWeights[i])];
        if (Model.Penalty is { } penalty)
            losses = [.. losses, losses[0].Of(penalty)];

        // One sum, since the C API goes wrong where one of several values that are differentiated depends on another.
        GraphOutput loss = losses.Skip(1).Aggregate(losses[0], (sum, next) => sum + next);
        graph.Extend();
        Trained = [.. Enumerable.Range(0, variables.Slots.Count).Where(i => variables.Slots[i].Trainable)];
        GraphOutput[] respectTo = [.. Trained.Select(i => variables.Reads[i]), .. request.InputGradients ? feeds.Inputs : []];
        _gradients = respectTo.Length == 0 ? [] : graph.Gradients(loss, respectTo);
        _samples = [feeds.Step, .. feeds.Inputs, .. feeds.Targets, feeds.SampleWeights, .. slopes];
        _besides = HostSlopes ? [] : Model.Results;

        // With slopes of the host's the results come from a run in front.
        Forward = new GraphCall(graph, [feeds.Step, .. feeds.Inputs], Model.Results, []);
        Differentiate = new GraphCall(graph, _samples, [.. _besides, .. _gradients.OfType<GraphOutput>()], variables.Updates);
        if (!TensorFlowOptimizers.Supports(request.Optimizer.GetType()))
            return;
        // Where the loss is not finite, the weights stay as they are, and still tell where that came from.
        GraphOutput? isFinite = HostSlopes ? null : builder.Add("IsFinite", "loss_is_finite", [loss], DataType.Bool, [], ("T", DataType.Float));
        Optimizer = new GraphOptimizer(graph, session, request.Optimizer, [.. Trained.Select((place, i) =>
            new TrainedWeight(variables.Slots[place], variables.Variables[place], variables.Reads[place], GradientOf(i, place, isFinite)))]);
        _move = StepCall(moves: true);
        _gather = StepCall(moves: false);
    }

    public LoweredModel Model { get; }

    /// <summary>The places of the weights that are trained.</summary>
    public int[] Trained { get; }

    /// <summary>Whether the host computes the losses' slopes.</summary>
    public bool HostSlopes { get; }

    /// <summary>The model as it trains.</summary>
    public GraphCall Forward { get; }

    /// <summary>The results unless the host computes the slopes, and the gradients; moving averages move.</summary>
    public GraphCall Differentiate { get; }

    /// <summary>The optimizer; null where it is one of the user's own.</summary>
    public GraphOptimizer? Optimizer { get; }

    /// <summary>A whole step.</summary>
    public GraphCall Step => Optimizer!.MovesNext ? _move! : _gather!;

    /// <summary>For each trained weight, and where they are asked for each input, the place of its gradient among <see cref="Differentiate"/>'s results; null where nothing depends on it.</summary>
    public int?[] GradientPlaces
    {
        get
        {
            int next = _besides.Length;
            return [.. _gradients.Select(gradient => gradient is null ? (int?)null : next++)];
        }
    }

    public void Dispose() => Optimizer?.Dispose();

    private GraphCall StepCall(bool moves) => new(_graph, [.. _samples, .. Optimizer!.Feeds], _besides, [.. _variables.Updates, .. Optimizer.Targets(moves)]);

    /// <summary>A value whose derivatives are slopes that are fed in.</summary>
    private static GraphValue WithSlopes(GraphValue value, GraphOutput slopes, int rank) => (value * value.Of(slopes)).Sum(keepAxes: false, [.. Enumerable.Range(0, rank + 1)]);

    /// <summary>A weight's gradient; zeros where the losses do not depend on it. Nodes behind the second output of a Switch do not run when its condition is false.</summary>
    private GraphOutput GradientOf(int index, int place, GraphOutput? isFinite)
    {
        GraphBuilder builder = _graph.Builder;
        string path = _variables.Slots[place].Path;
        GraphOutput gradient = _gradients[index] ?? builder.Floats("ZerosLike", $"{path}/no_gradient", [_variables.Reads[place]]);
        return isFinite is { } condition ? builder.Floats("Switch", $"{path}/Switch", [gradient, condition]) with { Index = 1 } : gradient;
    }
}
