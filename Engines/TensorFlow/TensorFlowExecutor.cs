using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>
/// A model on TensorFlow's runtime: one session, whose graph holds the model once for inference and, from the first training batch on, once for training. Both use the same
/// variables. Batches of any size go through the same graph.
/// </summary>
internal sealed unsafe class TensorFlowExecutor : Executor
{
    private readonly ExecutorRequest _request;
    private readonly NativeGraph _graph;
    private readonly GraphVariables _variables;
    private readonly GraphFeeds _feeds;
    private readonly AlignedBuffer _stepValue = new(1);
    private readonly TensorHandle _step;
    private readonly GraphSession _session;
    private readonly VariableGroup _weights;
    private readonly LoweredModel _inference;
    private readonly GraphCall _predict;
    private readonly GraphCall _evaluate;
    private TrainingGraph? _training;

    // Where the optimizer is one of the user's own: its weights and gradients, and what takes the weights back.
    private Parameters? _host;
    private VariableGroup? _trained;

    /// <exception cref="TensorFlowException">The library is missing, a device does not exist, or TensorFlow refuses the graph.</exception>
    /// <exception cref="ModelException">A layer or a regularizer cannot be part of a graph.</exception>
    public TensorFlowExecutor(ExecutorRequest request, TensorFlowOptions options)
    {
        Model model = request.Model;
        _request = request;
        _graph = new NativeGraph(options.Device);
        int intraOp = options.IntraOpThreads ?? request.Threads;
        try
        {
            _session = new GraphSession(_graph, intraOp, options.InterOpThreads ?? intraOp);
            CheckDevice(options.Device, _session.Devices);
            GraphBuilder builder = _graph.Builder;
            _variables = new GraphVariables(builder, model);
            _feeds = new GraphFeeds(builder.Placeholder("step", DataType.Int64), [.. model.Inputs.Select(tensor => builder.Placeholder(tensor.Node.Layer.Name!, Dimensions(tensor.Shape)))],
                [.. TargetShapes.Select((shape, i) => builder.Placeholder($"target_{i}", Dimensions(shape)))], builder.Placeholder("sample_weights", -1));
            _step = TensorHandle.Over(_stepValue.Pointer, DataType.Int64, []);
            _inference = LoweredModel.Lower(request, builder, _variables, _feeds.Inputs, random: null);
            _graph.Extend();
            _predict = new GraphCall(_graph, _feeds.Inputs, _inference.Outputs, []);
            _evaluate = new GraphCall(_graph, _feeds.Inputs, _inference.Results, []);
            _weights = new VariableGroup(_graph, _session, _variables.Variables, [.. _variables.Slots.Select(slot => slot.Spec.Shape)]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override double LearningRate
    {
        get => Optimizer.LearningRate;
        set => Optimizer.LearningRate = value;
    }

    private IEnumerable<TensorShape> TargetShapes => _request.Model.Outputs.Zip(_request.Losses, (output, loss) => loss.TargetShape(output.Shape));

    private IOptimizerRun Optimizer => Training.Optimizer ?? (IOptimizerRun)_host!.Optimizer;

    private TrainingGraph Training
    {
        get
        {
            if (_training is not null)
                return _training;
            _training = new TrainingGraph(_request, _graph, _session, _variables, _feeds);
            if (_training.Optimizer is null)
            {
                int[] trained = _training.Trained;
                _host = new Parameters(_request.Model, _request.Optimizer, WorkerTeam.Of(_request.Threads));
                _trained = new VariableGroup(_graph, _session, [.. trained.Select(i => _variables.Variables[i])], [.. trained.Select(i => _variables.Slots[i].Spec.Shape)]);
                _host.Set(GetWeights());
            }
            return _training;
        }
    }

    public override Batch CreateBatch(int capacity, bool training, int? samples = null)
    {
        Model model = _request.Model;
        var batch = new Batch(capacity, model.Inputs.Select(t => t.Shape), TargetShapes, model.Outputs.Select(t => t.Shape));
        batch.Plan = new TensorFlowBatch(_request, batch, _step, training ? Training.Optimizer?.Values ?? [] : [], _inference.FromLogits, hostSlopes: training && Training.HostSlopes);
        return batch;
    }

    public override ReadOnlySpan<double> Train(Batch batch)
    {
        if (Training.Optimizer is not { } optimizer)
            return TrainOnHost(batch);
        TensorFlowBatch tensors = Prepare(batch);
        ReadOnlySpan<double> losses = tensors.HostSlopes ? tensors.Losses() : [];
        if (tensors.HostSlopes && !IsFinite(losses))
            return losses;
        optimizer.Begin();
        Run(Training.Step, tensors, tensors.All, "run a training step");
        losses = tensors.HostSlopes ? losses : Losses(tensors);
        if (IsFinite(losses))
            optimizer.End();
        return losses;
    }

    public override ReadOnlySpan<double> ComputeGradients(Batch batch, out ModelWeights gradients)
    {
        TensorFlowBatch tensors = Prepare(batch);
        float[]?[] found = Differentiate(tensors);
        gradients = new ModelWeights(Training.Trained.Select((place, i) =>
        {
            WeightSlot slot = _variables.Slots[place];
            return new WeightTensor(slot.Path, slot.Spec.Shape, found[i] ?? new float[slot.Spec.Shape.Size], Trainable: true);
        }));
        return Losses(tensors);
    }

    public override void Predict(Batch batch) => Run(_predict, TensorsOf(batch), TensorsOf(batch).Inputs, "predict");

    public override ReadOnlySpan<double> Evaluate(Batch batch)
    {
        Run(_evaluate, TensorsOf(batch), TensorsOf(batch).Inputs, "evaluate the model");
        return Losses(TensorsOf(batch));
    }

    public override ReadOnlySpan<float> InputGradient(Batch batch, int index) => TensorsOf(batch).InputGradients[index];

    public override ModelWeights GetWeights() =>
        new(_variables.Slots.Zip(_weights.Get(), (slot, value) => new WeightTensor(slot.Path, slot.Spec.Shape, value, slot.Trainable)));

    public override void SetWeights(ModelWeights weights)
    {
        _weights.Set(i => weights[i].Values);
        _host?.Set(weights);
    }

    public override OptimizerState GetOptimizerState() => Optimizer.GetState();

    public override void SetOptimizerState(OptimizerState state) => Optimizer.SetState(state);

    public override void UseAveragedWeights()
    {
        Optimizer.UseAverage();
        if (_host is not null)
            TakeBack();
    }

    public override string? FindNotFinite(Batch batch)
    {
        TensorFlowBatch tensors = TensorsOf(batch);
        for (int i = 0; i < batch.InputCount; i++)
        {
            if (!Plan.IsFinite(batch.Input(i)[..(batch.Count * _request.Model.Inputs[i].Shape.Size)]))
                return batch.InputCount == 1 ? "the input" : $"input {i}";
        }
        IReadOnlyList<(string Layer, GraphOutput Output)> layers = Training.Model.LayerOutputs;
        var values = new TensorHandle[layers.Count];
        _session.Run(new GraphCall(_graph, [_feeds.Step, .. _feeds.Inputs], layers.Select(layer => layer.Output), []), tensors.StepAndInputs, values, "run the model");
        string? found = null;
        for (int i = 0; i < values.Length; i++)
        {
            using TensorHandle value = values[i];
            found ??= !Plan.IsFinite(value.Floats) ? $"the layer \"{layers[i].Layer}\"" : null;
        }
        return found;
    }

    public override void Dispose()
    {
        _host?.Dispose();
        _training?.Dispose();
        _session?.Dispose();
        _graph.Dispose();
        _step?.Dispose();
        _stepValue.Dispose();
    }

    private static TensorFlowBatch TensorsOf(Batch batch) => (TensorFlowBatch)batch.Plan!;

    private static long[] Dimensions(TensorShape shape) => [-1, .. shape.Select(d => (long)d)];

    private ReadOnlySpan<double> Losses(TensorFlowBatch tensors)
    {
        RegularizationLoss = tensors.Penalty;
        return tensors.Losses();
    }

    private bool IsFinite(ReadOnlySpan<double> losses)
    {
        double sum = RegularizationLoss;
        foreach (double loss in losses)
            sum += loss;
        return double.IsFinite(sum);
    }

    /// <summary>Before a run that computes gradients: the checks, and the losses' slopes where the host computes them.</summary>
    private TensorFlowBatch Prepare(Batch batch)
    {
        TensorFlowBatch tensors = TensorsOf(batch);
        *(long*)_stepValue.Pointer = Optimizer.Batches;
        if (Training.HostSlopes)
        {
            Run(Training.Forward, tensors, tensors.StepAndInputs, "run the model");
            Losses(tensors);
        }
        else
        {
            CheckTargets(batch);
        }
        return tensors;
    }

    private void Run(GraphCall call, TensorFlowBatch tensors, ReadOnlySpan<TensorHandle> inputs, string what)
    {
        var results = new TensorHandle[call.Fetches.Length];
        _session.Run(call, inputs, results, what);
        if (results.Length > 0)
            tensors.Take(results);
    }

    /// <summary>Runs the model and its gradients: those of the trained weights; null where the losses do not depend on one.</summary>
    private float[]?[] Differentiate(TensorFlowBatch tensors)
    {
        int?[] places = Training.GradientPlaces;
        var results = new TensorHandle[Training.Differentiate.Fetches.Length];
        _session.Run(Training.Differentiate, tensors.Samples, results, "compute the gradients");
        float[]?[] gradients = [.. places.Select(place => place is int i ? results[i].Floats.ToArray() : null)];
        foreach (int place in places.OfType<int>())
            results[place].Dispose();
        int besides = results.Length - places.Count(place => place is not null), trained = Training.Trained.Length;
        if (besides > 0)
            tensors.Take(results.AsSpan(0, besides));
        for (int i = trained; i < gradients.Length; i++)
            tensors.InputGradients[i - trained] = gradients[i] ?? [];
        return gradients[..trained];
    }

    /// <summary>A step whose optimizer runs on the host: gradients out, weights back in.</summary>
    private ReadOnlySpan<double> TrainOnHost(Batch batch)
    {
        TensorFlowBatch tensors = Prepare(batch);
        float[]?[] gradients = Differentiate(tensors);
        ReadOnlySpan<double> losses = Losses(tensors);
        if (!IsFinite(losses))
            return losses;
        for (int i = 0; i < gradients.Length; i++)
        {
            var to = new Span<float>(HostParameter(i).Gradient, HostParameter(i).Size);
            if (gradients[i] is { } gradient)
                gradient.CopyTo(to);
            else
                to.Clear();
        }
        _host!.Update();
        TakeBack();
        return losses;
    }

    private void TakeBack() => _trained!.SetFrom(i => (nint)HostParameter(i).Values);

    private Parameter HostParameter(int i)
    {
        WeightSlot slot = _variables.Slots[Training.Trained[i]];
        return _host!.Find(slot.Layer, slot.Spec.Name)!;
    }

    /// <summary>A class number out of range would silently be no class at all.</summary>
    private void CheckTargets(Batch batch)
    {
        for (int i = 0; i < _request.Losses.Count; i++)
        {
            if (_request.Losses[i] is not SparseCategoricalCrossentropy sparse)
                continue;
            ReadOnlySpan<float> targets = batch.Target(i)[..(batch.Count * batch.TargetShapes[i].Size)];
            for (int row = 0; row < targets.Length; row++)
            {
                if (targets[row] != sparse.IgnoreClass)
                    SparseCategoricalCrossentropy.ClassOf(targets, row, batch.OutputShapes[i][^1]);
            }
        }
    }

    private static void CheckDevice(string? device, IReadOnlyList<string> devices)
    {
        if (device is null)
            return;
        string wanted = Short(device);
        if (!devices.Any(name => string.Equals(Short(name), wanted, StringComparison.OrdinalIgnoreCase)))
            throw new TensorFlowException($"There is no device \"{device}\"; TensorFlow {TensorFlowLibrary.Version} sees {string.Join(", ", devices.Select(name => "/" + Short(name)))}.");

        // CPU:0 of /job:localhost/replica:0/task:0/device:CPU:0, /device:CPU:0 and /CPU:0.
        static string Short(string name) => name[(name.LastIndexOf('/') + 1)..].Replace("device:", "", StringComparison.OrdinalIgnoreCase);
    }
}
