using ConvNets.ModelDefs;

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
    private readonly GraphOutput[] _inputs;
    private readonly GraphOutput[] _targets;
    private readonly GraphOutput _sampleWeights;
    private readonly GraphOutput _rate;
    private readonly AlignedBuffer _rateValue = new(1);
    private readonly TensorHandle _rateTensor;
    private readonly GraphSession _session;
    private readonly GraphCall _predict;
    private readonly GraphCall _evaluate;
    private readonly bool[] _fromLogits;
    private TrainingGraph? _training;
    private long _batches;
    private double _learningRate;

    // Where the optimizer is none of TensorFlow's.
    private Parameters? _hostParameters;

    /// <exception cref="TensorFlowException">The library is missing, a device does not exist, or TensorFlow refuses the graph.</exception>
    /// <exception cref="ModelException">The engine does not know a layer.</exception>
    public TensorFlowExecutor(ExecutorRequest request, TensorFlowOptions options)
    {
        Model model = request.Model;
        (_request, _learningRate) = (request, request.Optimizer.LearningRate);
        _graph = new NativeGraph(options.Device);
        int intraOp = options.IntraOpThreads ?? request.Threads;
        try
        {
            _session = new GraphSession(_graph, intraOp, options.InterOpThreads ?? intraOp);
            CheckDevice(options.Device, _session.Devices);
            GraphBuilder builder = _graph.Builder;
            _variables = new GraphVariables(builder, model);
            _inputs = [.. model.Inputs.Select(tensor => builder.Placeholder(tensor.Node.Layer.Name!, Dimensions(tensor.Shape)))];
            _targets = [.. TargetShapes.Select((shape, i) => builder.Placeholder($"target_{i}", Dimensions(shape)))];
            _sampleWeights = builder.Placeholder("sample_weights", -1);
            _rate = builder.Placeholder("rate");
            _rateTensor = TensorHandle.Over(_rateValue.Pointer, DataType.Float, []);
            (GraphOutput[] outputs, GraphOutput[] lossInputs, _fromLogits) = Lower(training: false);
            _graph.Extend();
            _predict = new GraphCall(_graph, _inputs, outputs, []);
            _evaluate = new GraphCall(_graph, _inputs, [.. outputs, .. lossInputs], []);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override double LearningRate
    {
        get => _hostParameters?.Optimizer.LearningRate ?? _request.Optimizer.Schedule?.At(_batches) ?? _learningRate;
        set
        {
            if (_hostParameters is not null)
                _hostParameters.Optimizer.LearningRate = value;
            else
                _learningRate = OptimizerRun.CheckLearningRate(_request.Optimizer, value);
        }
    }

    private IEnumerable<TensorShape> TargetShapes => _request.Model.Outputs.Zip(_request.Losses, (output, loss) => loss.TargetShape(output.Shape));

    public override Batch CreateBatch(int capacity, bool training)
    {
        if (training)
            _training ??= AddTraining();
        Model model = _request.Model;
        var batch = new Batch(capacity, model.Inputs.Select(t => t.Shape), TargetShapes, model.Outputs.Select(t => t.Shape));
        batch.Plan = new TensorFlowBatch(_request, batch, _rateTensor, _fromLogits, hostSlopes: training && _training!.HostSlopes);
        return batch;
    }

    public override ReadOnlySpan<double> Train(Batch batch)
    {
        if (_training!.Train is null)
            return TrainOnHost(batch, _hostParameters!);
        TensorFlowBatch tensors = Prepare(batch);
        _rateValue.Pointer[0] = TensorFlowOptimizers.Rate(_request.Optimizer, LearningRate, _batches + 1);
        Run(_training.Train, tensors, tensors.All, "run a training step");
        _batches++;
        return tensors.Losses();
    }

    public override ReadOnlySpan<double> ComputeGradients(Batch batch, out ModelWeights gradients)
    {
        TensorFlowBatch tensors = Prepare(batch);
        TensorHandle?[] found = Differentiate(tensors);
        gradients = new ModelWeights([.. _training!.Trained.Select((place, i) =>
        {
            WeightSlot slot = _variables.Slots[place];
            using TensorHandle? gradient = found[i];
            return new WeightTensor(slot.Path, slot.Spec.Shape, gradient?.Floats.ToArray() ?? new float[slot.Spec.Shape.Size], Trainable: true);
        })]);
        return tensors.Losses();
    }

    public override void Predict(Batch batch) => Run(_predict, TensorsOf(batch), TensorsOf(batch).Inputs, "predict");

    public override ReadOnlySpan<double> Evaluate(Batch batch)
    {
        Run(_evaluate, TensorsOf(batch), TensorsOf(batch).Inputs, "evaluate the model");
        return TensorsOf(batch).Losses();
    }

    public override ModelWeights GetWeights()
    {
        var values = new TensorHandle[_variables.Reads.Length];
        if (values.Length > 0)
            _session.Run(new GraphCall(_graph, [], _variables.Reads, []), [], values, "read the weights");
        return new ModelWeights([.. _variables.Slots.Zip(values, (slot, value) =>
        {
            using (value)
                return new WeightTensor(slot.Path, slot.Spec.Shape, value.Floats.ToArray(), slot.Trainable);
        })]);
    }

    public override void SetWeights(ModelWeights weights)
    {
        Assign(new GraphCall(_graph, _variables.Placeholders, [], _variables.Assigns), weights.Count, i =>
        {
            fixed (float* value = weights[i].Values)
                return TensorHandle.Copy(value, GraphVariables.Shape(_variables.Slots[i]));
        });
        _hostParameters?.Set(weights);
    }

    public override void UseAveragedWeights()
    {
        if (_hostParameters is null)
            return;
        ModelWeights current = GetWeights();
        _hostParameters.UseAverage();
        SetWeights(new ModelWeights(current.Zip(_hostParameters.Copy(gradients: false), (now, averaged) => now.Trainable ? averaged : now)));
    }

    public override void Dispose()
    {
        _hostParameters?.Dispose();
        _session?.Dispose();
        _graph.Dispose();
        _rateTensor?.Dispose();
        _rateValue.Dispose();
    }

    private static TensorFlowBatch TensorsOf(Batch batch) => (TensorFlowBatch)batch.Plan!;

    private static long[] Dimensions(TensorShape shape) => [-1, .. shape.Select(d => (long)d)];

    /// <summary>The model on the inputs, and what each loss is computed from: an output, or the input of its activation.</summary>
    private (GraphOutput[] Outputs, GraphOutput[] LossInputs, bool[] FromLogits) Lower(bool training)
    {
        var lowering = new ModelLowering(_graph.Builder, _variables, training, training ? "training/" : "inference/");
        GraphOutput[] outputs = lowering.Lower(_request.Model, _inputs);
        GraphOutput?[] logits = [.. _request.Losses.Select((loss, i) => lowering.InputOf(outputs[i], loss.Activation))];
        return (outputs, [.. logits.Select((input, i) => input ?? outputs[i])], [.. logits.Select(input => input is not null)]);
    }

    /// <summary>Adds the training graph: the model as it trains, the gradients, the optimizer's operations.</summary>
    /// <exception cref="ModelException">A weight that is trained has a regularizer.</exception>
    private TrainingGraph AddTraining()
    {
        if (_variables.Slots.FirstOrDefault(slot => slot.Trainable && slot.Spec.Regularizer is not null) is { } penalized)
            throw new ModelException($"The TensorFlow engine cannot train {penalized.Layer} with a regularizer on its {penalized.Spec.Name}; the managed engine can.");
        GraphBuilder builder = _graph.Builder;
        (GraphOutput[] outputs, GraphOutput[] lossInputs, _) = Lower(training: true);
        bool hostSlopes = !_request.Losses.Select((loss, i) => TensorFlowLosses.Supports(loss, _fromLogits[i])).All(supported => supported);
        GraphOutput[] slopes = hostSlopes ? [.. _request.Losses.Select((_, i) => builder.Placeholder($"slopes_{i}", Dimensions(_request.Model.Outputs[i].Shape)))] : [];
        GraphOutput[] differentiated = hostSlopes ? lossInputs : [.. _request.Losses.Select((loss, i) => WeightedLoss(i, lossInputs[i]))];
        _graph.Extend();

        int[] trained = [.. Enumerable.Range(0, _variables.Slots.Count).Where(i => _variables.Slots[i].Trainable)];
        GraphOutput?[] gradients = trained.Length == 0 ? [] : _graph.Gradients(differentiated, [.. trained.Select(i => _variables.Reads[i])], hostSlopes ? slopes : null);
        GraphOutput[] results = [.. outputs, .. lossInputs], samples = [.. _inputs, .. _targets, _sampleWeights, .. slopes];

        // With slopes of the host's the results come from a run in front.
        GraphOutput[] besides = hostSlopes ? [] : results;
        GraphCall? train = null, assign = null;
        if (TensorFlowOptimizers.SlotCount(_request.Optimizer) is int slotCount && TensorFlowOptimizers.Supports(_request.Optimizer))
        {
            List<string> updates = AddUpdates(trained, gradients, slotCount);
            train = new GraphCall(_graph, [.. samples, _rate], besides, [.. _variables.Updates, .. updates]);
        }
        else
        {
            _hostParameters = new Parameters(_request.Model, _request.Optimizer, WorkerTeam.Of(_request.Threads));
            _hostParameters.Set(GetWeights());
            if (_request.Optimizer.Schedule is null)
                _hostParameters.Optimizer.LearningRate = _learningRate;
            assign = new GraphCall(_graph, trained.Select(i => _variables.Placeholders[i]), [], trained.Select(i => _variables.Assigns[i]));
        }
        return new TrainingGraph(trained, [.. gradients.Select(gradient => gradient is not null)], hostSlopes, hostSlopes ? new GraphCall(_graph, _inputs, results, []) : null,
            new GraphCall(_graph, samples, [.. besides, .. gradients.OfType<GraphOutput>()], _variables.Updates), train, assign);
    }

    private GraphOutput WeightedLoss(int index, GraphOutput lossInput)
    {
        GraphBuilder builder = _graph.Builder;
        GraphOutput loss = TensorFlowLosses.Lower(builder, $"loss_{index}", _request.Losses[index], lossInput, _fromLogits[index], _request.Model.Outputs[index].Shape, _targets[index], _sampleWeights);
        return builder.Floats("Mul", $"loss_{index}/counted", [loss, builder.Scalar($"loss_{index}/weight", _request.LossWeights[index])]);
    }

    /// <summary>Adds the optimizer's operation for each weight that has a gradient, and clears what it remembers.</summary>
    private List<string> AddUpdates(int[] trained, GraphOutput?[] gradients, int slotCount)
    {
        GraphBuilder builder = _graph.Builder;
        var updates = new List<string>();
        var clear = new List<string>();
        for (int i = 0; i < trained.Length; i++)
        {
            if (gradients[i] is not { } gradient)
                continue;
            WeightSlot slot = _variables.Slots[trained[i]];
            GraphOutput[] slots = [.. Enumerable.Range(0, slotCount).Select(s => builder.Variable($"{slot.Path}/slot_{s}", GraphVariables.Shape(slot)))];
            GraphOutput zeros = builder.Floats("Fill", $"{slot.Path}/zeros", [builder.Integers($"{slot.Path}/shape", [.. slot.Spec.Shape]), builder.Scalar($"{slot.Path}/zero", 0)], ("index_type", DataType.Int32));
            clear.AddRange(slots.Select(variable => builder.Assign(variable, zeros)));
            updates.Add(TensorFlowOptimizers.Update(_request.Optimizer, new UpdateCall(builder, $"{slot.Path}/update", _variables.Variables[trained[i]], _variables.Reads[trained[i]], slots, gradient, _rate)));
        }
        _graph.Extend();
        if (clear.Count > 0)
            _session.Run(new GraphCall(_graph, [], [], clear), [], [], "clear the optimizer's slots");
        return updates;
    }

    /// <summary>Before a run that computes gradients: the checks, and the losses' slopes where the host computes them.</summary>
    private TensorFlowBatch Prepare(Batch batch)
    {
        TensorFlowBatch tensors = TensorsOf(batch);
        if (_training!.Forward is { } forward)
        {
            Run(forward, tensors, tensors.Inputs, "run the model");
            tensors.Losses();
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
        tensors.Take(results);
    }

    /// <summary>Runs the model and its gradients. The gradients' tensors are the caller's to give back; null where the losses do not depend on a weight.</summary>
    private TensorHandle?[] Differentiate(TensorFlowBatch tensors)
    {
        TrainingGraph training = _training!;
        var results = new TensorHandle[training.Differentiate.Fetches.Length];
        _session.Run(training.Differentiate, tensors.Samples, results, "compute the gradients");
        int besides = results.Length - training.HasGradient.Count(has => has), next = besides;
        tensors.Take(results.AsSpan(0, besides));
        return [.. training.HasGradient.Select(has => has ? results[next++] : null)];
    }

    /// <summary>A step whose optimizer runs on the host: gradients out, weights back in.</summary>
    private ReadOnlySpan<double> TrainOnHost(Batch batch, Parameters parameters)
    {
        int[] trained = _training!.Trained;
        TensorFlowBatch tensors = Prepare(batch);
        TensorHandle?[] gradients = Differentiate(tensors);
        for (int i = 0; i < trained.Length; i++)
        {
            using TensorHandle? gradient = gradients[i];
            gradient?.Floats.CopyTo(new Span<float>(HostParameter(i).Gradient, HostParameter(i).Size));
        }
        parameters.Update();
        Assign(_training.Assign!, trained.Length, i => TensorHandle.Copy(HostParameter(i).Values, GraphVariables.Shape(_variables.Slots[trained[i]])));
        return tensors.Losses();

        Parameter HostParameter(int i) => parameters.Find(_variables.Slots[trained[i]].Layer, _variables.Slots[trained[i]].Spec.Name)!;
    }

    private void Assign(GraphCall call, int count, Func<int, TensorHandle> valueOf)
    {
        if (count == 0)
            return;
        var values = new TensorHandle[count];
        try
        {
            for (int i = 0; i < count; i++)
                values[i] = valueOf(i);
            _session.Run(call, values, [], "set the weights");
        }
        finally
        {
            foreach (TensorHandle value in values)
                value?.Dispose();
        }
    }

    /// <summary>A class number out of range would silently be no class at all.</summary>
    private void CheckTargets(Batch batch)
    {
        for (int i = 0; i < _request.Losses.Count; i++)
        {
            if (_request.Losses[i] is not SparseCategoricalCrossentropy)
                continue;
            ReadOnlySpan<float> targets = batch.Target(i)[..(batch.Count * batch.TargetShapes[i].Size)];
            for (int row = 0; row < targets.Length; row++)
                SparseCategoricalCrossentropy.ClassOf(targets, row, batch.OutputShapes[i][^1]);
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

    /// <summary>What trains the model.</summary>
    /// <param name="Trained">The places of the weights that are trained.</param>
    /// <param name="HasGradient">For each of them, whether the losses depend on it.</param>
    /// <param name="HostSlopes">Whether the host computes the losses' slopes.</param>
    /// <param name="Forward">The model as it trains, for that; null where the graph computes them.</param>
    /// <param name="Differentiate">The gradients, and the moving averages.</param>
    /// <param name="Train">A whole step; null where the optimizer runs on the host.</param>
    /// <param name="Assign">What takes the weights back in there.</param>
    private sealed record TrainingGraph(int[] Trained, bool[] HasGradient, bool HostSlopes, GraphCall? Forward, GraphCall Differentiate, GraphCall? Train, GraphCall? Assign);
}
