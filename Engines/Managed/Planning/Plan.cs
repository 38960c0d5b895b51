namespace ConvNets.Engines;

/// <summary>
/// A model made ready for batches of up to a size: operations in order, over one arena in which values that are not needed at the same time share memory. Made once; running it
/// allocates nothing.
/// </summary>
internal sealed unsafe class Plan : IDisposable
{
    // Six megabytes: about what stays in the caches from one operation to the next.
    private const int CachedFloats = 1_500_000;

    private readonly PlanContext _context;
    private readonly Operation[] _operations;
    private readonly Value[] _inputs;
    private readonly bool[] _inPlace;
    private readonly Value[] _views;
    private readonly int _part;
    private readonly Value[] _outputs;
    private readonly Value[] _lossInputs;
    private readonly LossOperation _loss;
    private readonly int _backwardEnd;
    private readonly bool[] _goesBack;
    private readonly bool _clearsGradients;
    private readonly AlignedBuffer _arena;
    private readonly AlignedBuffer _workers;

    public Plan(ExecutorRequest request, PlanContext context, Batch batch)
    {
        _context = context;
        _inputs = [.. request.Model.Inputs.Select((tensor, i) => new Value(tensor.Shape, tensor.Node.Layer.Name!)
        {
            Data = batch.InputPointer(i),
            NeedsGradient = context.Training && request.InputGradients,
        })];
        (List<Operation> operations, _outputs) = Planner.Plan(context, request.Model, _inputs);
        _operations = [.. operations];

        // A loss that can be computed from what goes into the last activation starts the backward pass there.
        _lossInputs = [.. _outputs.Take(request.Losses.Count)];
        _backwardEnd = _operations.Length;
        bool[] logits = new bool[_outputs.Length];
        for (int i = _operations.Length - 1; i >= 0 && _operations[i] is { Activation: { } function } last; i--)
        {
            int output = Array.IndexOf(_outputs, last.Output);
            if (output < 0 || output >= request.Losses.Count || request.Losses[output].Activation != function || _outputs.Concat(_lossInputs).Any(value => value.Alias == last.Inputs[0].Alias))
                break;
            (_lossInputs[output], logits[output], _backwardEnd) = (last.Inputs[0], true, i);
        }
        _loss = new LossOperation(request, batch, _lossInputs, logits);

        WriteOverInputs();
        WriteOutputsInPlace(batch);
        (_goesBack, _clearsGradients) = FindBackward(request.Losses.Count);
        (_arena, _workers) = Allocate();
        _inPlace = [.. _outputs.Select((value, i) => value.Memory.Data == batch.OutputPointer(i))];
        Value[] placed = [.. _inputs, .. _outputs.Where((_, i) => _inPlace[i]).Select(value => value.Memory)];
        _views = [.. _operations.SelectMany(o => o.Inputs.Append(o.Output)).Concat(_outputs).Concat(_lossInputs).Where(value => placed.Contains(value.Memory)).Except(placed).Distinct()];

        batch.MostBytes = Array.ConvertAll(_inputs, input => TakesBytes(input) ? context.Options.PixelCacheBytes : 0);

        // The samples that go through all operations together: as many as leave what passes from one to the next in the caches.
        int most = _operations.Max(o => (int?)o.Output.Shape.Size) ?? 1;
        _part = (long)batch.Capacity * most <= CachedFloats ? batch.Capacity : Math.Max(4 * context.Team.Threads, CachedFloats / 6 / most);
    }

    /// <summary>Runs the model on the batch's inputs, into its outputs.</summary>
    public void Forward(Batch batch) => Forward(batch, batch.Capacity);

    /// <summary>The same, for the outputs alone: what is between is not kept, for a large batch goes through all operations in parts.</summary>
    public void Predict(Batch batch) => Forward(batch, _part);

    private void Forward(Batch batch, int part)
    {
        for (int first = 0; first < batch.Count; first += part)
        {
            int count = Math.Min(part, batch.Count - first);
            Place(batch, first);
            foreach (Operation operation in _operations)
                operation.Forward(count);
            for (int i = 0; i < _outputs.Length; i++)
            {
                int size = _outputs[i].Shape.Size;
                if (!_inPlace[i])
                    new Span<float>(_outputs[i].Data, count * size).CopyTo(batch.Output(i)[(first * size)..]);
            }
        }
    }

    /// <summary>The loss of each output, after a forward pass.</summary>
    public ReadOnlySpan<double> Loss(Batch batch, bool gradients) => _loss.Run(batch, gradients);

    /// <summary>The penalties on layers' outputs, each divided by the number of samples, after a forward pass.</summary>
    public double ActivityPenalty
    {
        get
        {
            double penalty = 0;
            foreach (Operation operation in _operations)
                penalty += operation.Penalty;
            return penalty;
        }
    }

    /// <summary>Runs the model once more and looks at each operation's output while it is there: what is the first to be not finite; null for nothing.</summary>
    public string? FindNotFinite(Batch batch)
    {
        Place(batch, 0);
        for (int i = 0; i < batch.InputCount; i++)
        {
            if (_inputs[i].Bytes is null && !IsFinite(new ReadOnlySpan<float>(_inputs[i].Data, batch.Count * _inputs[i].Shape.Size)))
                return batch.InputCount == 1 ? "the input" : $"input {i}";
        }
        foreach (Operation operation in _operations)
        {
            operation.Forward(batch.Count);
            if (!IsFinite(new ReadOnlySpan<float>(operation.Output.Data, batch.Count * operation.Output.Shape.Size)))
                return $"the layer \"{operation.Output.Name}\"";
        }
        return null;
    }

    /// <summary>Takes over where the batch's inputs are, which differs from batch to batch where they are lent, and its outputs, from a sample on.</summary>
    private void Place(Batch batch, int first)
    {
        bool moved = false;
        for (int i = 0; i < _inputs.Length; i++)
        {
            long start = (long)first * _inputs[i].Shape.Size;
            _inputs[i].Bytes = batch.Bytes(i)?.From(start);
            moved |= Move(_inputs[i], batch.InputPointer(i) + start);
        }
        for (int i = 0; i < _outputs.Length; i++)
        {
            if (_inPlace[i])
                moved |= Move(_outputs[i].Memory, batch.OutputPointer(i) + (long)first * _outputs[i].Shape.Size);
        }
        if (!moved)
            return;
        foreach (Value view in _views)
            view.TakeMemory();
    }

    /// <summary>Whether an input may be given as bytes: one operation alone reads it, and takes it so.</summary>
    private bool TakesBytes(Value input)
    {
        Operation[] readers = [.. _operations.Where(o => o.Inputs.Any(value => value.Alias == input))];
        return readers.Length == 1 && readers[0].ReadsBytes && readers[0].Inputs[0] == input && !_outputs.Concat(_lossInputs).Any(value => value.Alias == input);
    }

    private static bool Move(Value value, float* data)
    {
        bool moved = value.Data != data;
        value.Data = data;
        return moved;
    }

    /// <summary>Whether all values are finite.</summary>
    internal static bool IsFinite(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }
        return true;
    }

    /// <summary>The gradients of the weights, after the loss's.</summary>
    public void Backward(Batch batch)
    {
        if (_clearsGradients)
            _context.Parameters.ClearGradients();
        for (int i = _backwardEnd - 1; i >= 0; i--)
        {
            if (_goesBack[i])
                _operations[i].Backward(batch.Count);
        }
        _context.AddParts();
    }

    /// <summary>The loss's derivatives with respect to one of the model's inputs, where the plan was asked for them; empty where the loss does not depend on it.</summary>
    public ReadOnlySpan<float> InputGradient(Batch batch, int index) =>
        _inputs[index].Gradient == null ? [] : new ReadOnlySpan<float>(_inputs[index].Gradient, batch.Count * _inputs[index].Shape.Size);

    public void Dispose()
    {
        _arena.Dispose();
        _workers.Dispose();
        _context.Dispose();
    }

    /// <summary>
    /// Gives every value, gradient and scratch block its place. Time runs through the operations, the loss, and back: operation i is run at i, and its backward pass at 2n − i.
    /// </summary>
    private (AlignedBuffer Arena, AlignedBuffer Workers) Allocate()
    {
        int n = _operations.Length, capacity = _context.Capacity;
        var arena = new Arena();
        var data = new Dictionary<Value, Arena.Block>(ReferenceEqualityComparer.Instance);
        var gradients = new Dictionary<Value, Arena.Block>(ReferenceEqualityComparer.Instance);
        var states = new Arena.Block[n];

        void Need(Dictionary<Value, Arena.Block> blocks, Value value, int time)
        {
            if (blocks == data ? value.Memory.Data != null : value.GradientSource is not null)
                return;
            Value place = blocks == data ? value.Memory : value.GradientMemory;
            if (blocks.TryGetValue(place, out Arena.Block? block))
                block.Extend(time);
            else
                blocks[place] = arena.Reserve((long)capacity * place.Shape.Size, time, time);
        }

        for (int i = 0; i < n; i++)
        {
            Operation operation = _operations[i];

            // Derivatives that are computed only when the operation before asks for them need what they are computed from until then.
            int asking = Array.FindIndex(_operations, o => o.Output.GradientSource is not null && operation.Inputs.Contains(o.Output));
            int back = 2 * n - (asking < 0 ? i : asking);
            Need(data, operation.Output, i);
            foreach (Value input in operation.Inputs)
                Need(data, input, i);
            if (operation.StateSize > 0)
                states[i] = arena.Reserve(operation.StateSize, i, _context.Training ? back : i);
            if (!_goesBack[i])
                continue;
            Need(gradients, operation.Output, back);
            if (operation.BackwardReadsOutput)
                Need(data, operation.Output, back);
            foreach (Value input in operation.Inputs)
            {
                if (input.NeedsGradient)
                    Need(gradients, input, back);
                if (operation.BackwardReadsInput)
                    Need(data, input, back);
            }
        }
        foreach (Value value in (Value[])[.. _outputs, .. _lossInputs])
        {
            Need(data, value, n);
            if (_context.Training)
                Need(gradients, value, n);
        }

        // What is asked for after the backward pass.
        foreach (Value input in _inputs.Where(gradients.ContainsKey))
            Need(gradients, input, 2 * n + 1);
        Arena.Block scratch = arena.Reserve(_operations.Max(o => (long?)o.ScratchSize) ?? 0, 0, 2 * n);

        AlignedBuffer memory = arena.Allocate();
        long perWorker = ((_operations.Max(o => (long?)o.WorkerScratchSize) ?? 0) + 15) / 16 * 16;
        var workers = new AlignedBuffer(perWorker * _context.Team.Threads);
        float* ScratchOfWorker(int worker) => workers.Pointer + worker * perWorker;
        ScratchOf scratchOf = ScratchOfWorker;

        foreach ((Value value, Arena.Block block) in data)
            value.Data = memory.Pointer + block.Offset;
        foreach ((Value value, Arena.Block block) in gradients)
            value.Gradient = memory.Pointer + block.Offset;
        for (int i = 0; i < n; i++)
        {
            Operation operation = _operations[i];
            foreach (Value value in (Value[])[.. operation.Inputs, operation.Output])
                value.TakeMemory();
            if (states[i] is not null)
                operation.State = memory.Pointer + states[i].Offset;
            operation.Scratch = memory.Pointer + scratch.Offset;
            operation.WorkerScratch = scratchOf;
        }
        foreach (Value value in (Value[])[.. _outputs, .. _lossInputs])
            value.TakeMemory();
        return (memory, workers);
    }

    /// <summary>Lets operations that can write over what they read do so where nothing else reads that.</summary>
    private void WriteOverInputs()
    {
        var readers = new Dictionary<Value, int>(ReferenceEqualityComparer.Instance);
        var writers = new Dictionary<Value, Operation>(ReferenceEqualityComparer.Instance);
        foreach (Value value in (Value[])[.. _outputs, .. _lossInputs])
            readers[value.Alias] = 2;
        foreach (Operation operation in _operations)
        {
            writers[operation.Output] = operation;
            foreach (Value input in operation.Inputs)
                readers[input.Alias] = readers.GetValueOrDefault(input.Alias) + 1;
        }
        foreach (Operation operation in _operations.Where(o => o.MayOverwriteInput))
        {
            Value input = operation.Inputs[0];
            if (readers[input.Alias] == 1 && writers.TryGetValue(input.Alias, out Operation? writer) && !(_context.Training && writer.BackwardReadsOutput))
                operation.Output.Over = input;
        }
    }

    /// <summary>Lets the last operations write where the caller reads: outputs that lie in the arena only because they are outputs need not be copied.</summary>
    private void WriteOutputsInPlace(Batch batch)
    {
        for (int i = 0; i < _outputs.Length; i++)
        {
            if (_outputs[i].Memory.Data == null)
                _outputs[i].Memory.Data = batch.OutputPointer(i);
        }
    }

    /// <summary>
    /// Which operations go backward: those behind which something learns, and on which a loss depends. A value that several operations read has the sum of their derivatives:
    /// the first of the backward pass writes, the others add.
    /// </summary>
    private (bool[] GoesBack, bool ClearsGradients) FindBackward(int losses)
    {
        bool[] goesBack = new bool[_operations.Length];
        bool unreached = false;
        var written = new HashSet<Value>(ReferenceEqualityComparer.Instance);
        foreach (Value value in _lossInputs.Take(losses))
            written.Add(value.Alias);
        for (int i = _operations.Length - 1; i >= 0; i--)
        {
            Operation operation = _operations[i];
            operation.Accumulates = new bool[operation.Inputs.Count];
            if (!_context.Training || i >= _backwardEnd || !operation.Output.NeedsGradient)
                continue;
            goesBack[i] = operation.AddsPenalty || written.Contains(operation.Output.Alias);
            unreached |= !goesBack[i];
            if (!goesBack[i])
                continue;
            operation.OutputHasGradient = written.Contains(operation.Output.Alias);
            operation.Accumulates = [.. operation.Inputs.Select(input => input.NeedsGradient && !written.Add(input.Alias))];
            if (operation.InputThatTakesGradient is int index && operation.Inputs[index] is { NeedsGradient: true, GradientSource: null } taker && !operation.Accumulates[index]
                && operation.Output.GradientSource is null && operation.Inputs.Count(input => input.Alias == taker.Alias) == 1)
                operation.Output.GradientOver = taker;
        }
        return (goesBack, unreached);
    }
}
