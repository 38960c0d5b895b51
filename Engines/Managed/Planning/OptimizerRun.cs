using System.Numerics;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// An optimizer at work on one model's weights: its memory, its steps, and what all optimizers have in common: accumulation, clipping, weight decay and the moving average.
/// All trained weights lie behind each other and are moved in pieces of a fixed size; only norms go by weight tensor.
/// </summary>
internal sealed unsafe class OptimizerRun : IOptimizerRun, IDisposable
{
    // Large enough to be worth handing to a thread.
    private const int PieceSize = 16 * 1024;

    private readonly Optimizer _optimizer;
    private readonly WorkerTeam _team;
    private readonly Parameter[] _parameters;
    private readonly float* _weights;
    private readonly float* _gradients;
    private readonly long _length;
    private readonly AlignedBuffer _slots;
    private readonly AlignedBuffer? _average;
    private readonly AlignedBuffer? _accumulated;
    private readonly double[] _squaredNorms;
    private readonly Action<int, int> _accumulatePiece, _measure, _scale, _movePiece;
    private double _learningRate;

    /// <param name="optimizer">How the weights move.</param>
    /// <param name="team">The threads.</param>
    /// <param name="parameters">The trained weights, which lie in the blocks below.</param>
    /// <param name="weights">All trained weights.</param>
    /// <param name="gradients">Their gradients, in the same order.</param>
    /// <param name="length">Floats of each block, a multiple of 16.</param>
    public OptimizerRun(Optimizer optimizer, WorkerTeam team, Parameter[] parameters, float* weights, float* gradients, long length)
    {
        (_optimizer, _team, _parameters, _length) = (optimizer, team, parameters, length);
        _weights = weights;
        _gradients = gradients;
        _learningRate = optimizer.LearningRate;
        _slots = new AlignedBuffer(length * optimizer.SlotCount);
        for (int i = 0; i < optimizer.SlotCount; i++)
            new Span<float>(_slots.Pointer + i * length, (int)length).Fill(optimizer.InitialSlotValue(i));
        _average = optimizer.UseEma ? new AlignedBuffer(length) : null;
        _accumulated = optimizer.GradientAccumulationSteps is null ? null : new AlignedBuffer(length);
        _squaredNorms = new double[parameters.Length];
        (_accumulatePiece, _measure, _scale, _movePiece) = (AccumulatePiece, Measure, Scale, MovePiece);
    }

    /// <summary>How many batches there were.</summary>
    public long Batches { get; private set; }

    /// <summary>The step size of the next step.</summary>
    /// <exception cref="InvalidOperationException">It is set although a schedule gives it.</exception>
    public double LearningRate
    {
        get => _optimizer.Schedule?.At(Batches) ?? _learningRate;
        set => _learningRate = CheckLearningRate(_optimizer, value);
    }

    /// <summary>A step size that can take the place of the optimizer's.</summary>
    /// <exception cref="InvalidOperationException">A schedule gives the step size.</exception>
    public static double CheckLearningRate(Optimizer optimizer, double value) => optimizer.Schedule is null
        ? Checked.NotNegative(value)
        : throw new InvalidOperationException($"The learning rate follows the optimizer's {optimizer.Schedule.GetType().Name} and cannot be set. Give the optimizer a fixed learning rate instead.");

    /// <summary>A copy of what is remembered.</summary>
    public OptimizerState GetState() => new(Batches, LearningRate, new ModelWeights(Places().Select(place =>
        new WeightTensor(place.Path, place.Parameter.Slot.Spec.Shape, Values(place.Block, place.Parameter).ToArray(), Trainable: true))));

    /// <summary>Takes over what was remembered.</summary>
    /// <exception cref="TrainingException">It is that of another optimizer or other weights.</exception>
    public void SetState(OptimizerState state)
    {
        (string Path, nint Block, Parameter Parameter)[] places = [.. Places()];
        CheckState(_optimizer, [.. places.Select(p => (p.Path, p.Parameter.Size))], state);
        for (int i = 0; i < places.Length; i++)
            state.Values[i].Values.CopyTo(Values(places[i].Block, places[i].Parameter));
        (Batches, _learningRate) = (state.Batches, state.LearningRate);
    }

    /// <summary>Throws unless a state is that of an optimizer that remembers so many values by these names.</summary>
    /// <exception cref="TrainingException">It is that of another optimizer or other weights.</exception>
    public static void CheckState(Optimizer optimizer, IReadOnlyList<(string Path, int Size)> places, OptimizerState state)
    {
        if (!places.SequenceEqual(state.Values.Select(v => (v.Path, v.Values.Length))))
            throw new TrainingException($"The optimizer {optimizer.Name} remembers {places.Count} tensors of this model's weights; received {state.Values.Count}, or of other names or shapes. Its options must be as they were.");
    }

    /// <summary>Where what is remembered of each weight lies: a block for each slot, the average and the accumulated gradients.</summary>
    private IEnumerable<(string Path, nint Block, Parameter Parameter)> Places()
    {
        var blocks = new List<(string Name, nint Block)>();
        for (int i = 0; i < _optimizer.SlotCount; i++)
            blocks.Add(($"slot_{i}", (nint)(_slots.Pointer + i * _length)));
        if (_average is not null)
            blocks.Add(("average", (nint)_average.Pointer));
        if (_accumulated is not null)
            blocks.Add(("accumulated", (nint)_accumulated.Pointer));
        return blocks.SelectMany(block => _parameters.Select(p => ($"{block.Name}/{p.Slot.Path}", block.Block, p)));
    }

    private Span<float> Values(nint block, Parameter parameter) => new((float*)block + (parameter.Values - _weights), parameter.Size);

    /// <summary>Takes in the gradients of a batch.</summary>
    public void Step()
    {
        bool moves = _optimizer.GradientAccumulationSteps is not int every || (Batches + 1) % every == 0;
        if (_accumulated is not null)
            RunPieces(_accumulatePiece);
        if (moves && (_optimizer.ClipNorm ?? _optimizer.GlobalClipNorm) is not null)
        {
            _team.Run(_parameters.Length, _measure);
            _team.Run(_parameters.Length, _scale);
        }
        if (moves || _average is not null)
            RunPieces(_movePiece);
        Batches++;
    }

    /// <summary>Puts the weights' moving average in their place, where there is one.</summary>
    public void UseAverage()
    {
        if (_average is not null && Batches > 0)
            _average.Span((int)_length).CopyTo(new Span<float>(_weights, (int)_length));
    }

    public void Dispose()
    {
        _slots.Dispose();
        _average?.Dispose();
        _accumulated?.Dispose();
    }

    private long Updates => Batches / (_optimizer.GradientAccumulationSteps ?? 1);

    private void RunPieces(Action<int, int> work) => _team.Run((int)((_length + PieceSize - 1) / PieceSize), work);

    private static int LengthOf(int piece, long length) => (int)Math.Min(PieceSize, length - (long)piece * PieceSize);

    /// <summary>Adds the batch's gradients to those before; at the last batch of a step the sum's mean becomes the gradient.</summary>
    private void AccumulatePiece(int piece, int worker)
    {
        int every = _optimizer.GradientAccumulationSteps!.Value, length = LengthOf(piece, _length);
        bool moves = (Batches + 1) % every == 0;
        Span<Vector<float>> g = new Span<float>(_gradients + (long)piece * PieceSize, length).AsVectors();
        Span<Vector<float>> sum = new Span<float>(_accumulated!.Pointer + (long)piece * PieceSize, length).AsVectors();
        for (int i = 0; i < g.Length; i++)
        {
            sum[i] += g[i];
            if (moves)
                (g[i], sum[i]) = (sum[i] / every, Vector<float>.Zero);
        }
    }

    private void Measure(int parameter, int worker)
    {
        double sum = 0;
        foreach (float value in new ReadOnlySpan<float>(_parameters[parameter].Gradient, _parameters[parameter].Size))
            sum += (double)value * value;
        _squaredNorms[parameter] = sum;
    }

    private void Scale(int parameter, int worker)
    {
        double square = _squaredNorms[parameter], bound = _optimizer.ClipNorm ?? _optimizer.GlobalClipNorm!.Value;
        if (_optimizer.GlobalClipNorm is not null)
        {
            square = 0;
            foreach (double norm in _squaredNorms)
                square += norm;
        }
        if (square <= bound * bound)
            return;
        float factor = (float)(bound / Math.Sqrt(square));
        foreach (ref float value in new Span<float>(_parameters[parameter].Gradient, _parameters[parameter].Size))
            value *= factor;
    }

    private void MovePiece(int piece, int worker)
    {
        long first = (long)piece * PieceSize;
        int length = LengthOf(piece, _length);
        Span<Vector<float>> w = new Span<float>(_weights + first, length).AsVectors();
        if (_optimizer.GradientAccumulationSteps is not int every || (Batches + 1) % every == 0)
        {
            double rate = LearningRate;
            if (_optimizer.ClipValue is double bound)
                Clip(new Span<float>(_gradients + first, length).AsVectors(), (float)bound);
            if (_optimizer.WeightDecay is double decay)
                Decay(w, (float)decay, (float)rate);
            _optimizer.Update(new WeightUpdate(Updates + 1, rate, _weights + first, _gradients + first, _slots.Pointer + first, _length, length));
        }
        if (_average is not null)
            Average(w, new Span<float>(_average.Pointer + first, length).AsVectors());
    }

    private static void Clip(Span<Vector<float>> gradients, float bound)
    {
        var limit = new Vector<float>(bound);
        foreach (ref Vector<float> g in gradients)
            g = Vector.Min(Vector.Max(g, -limit), limit);
    }

    private static void Decay(Span<Vector<float>> weights, float decay, float rate)
    {
        foreach (ref Vector<float> w in weights)
            w -= w * decay * rate;
    }

    /// <summary>The average starts as the weights after the first step. Keras counts steps of the optimizer, but averages after every batch.</summary>
    private void Average(Span<Vector<float>> weights, Span<Vector<float>> average)
    {
        float momentum = Updates == 0 ? 0 : (float)_optimizer.EmaMomentum;
        bool overwrites = _optimizer.EmaOverwriteFrequency is int every && (Updates + 1) % every == 0;
        for (int i = 0; i < weights.Length; i++)
        {
            average[i] = momentum * average[i] + (1 - momentum) * weights[i];
            if (overwrites)
                weights[i] = average[i];
        }
    }
}
