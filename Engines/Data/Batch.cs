using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The buffers of a batch: a data set writes samples into them, and an engine reads them there.</summary>
public sealed unsafe class Batch : IDisposable
{
    private readonly AlignedBuffer[] _inputs;
    private readonly nint[] _lent;
    private readonly AlignedBuffer?[] _byteInputs;
    private readonly nint[] _bytes;
    private readonly float[] _divisors;
    private readonly AlignedBuffer[] _targets;
    private readonly AlignedBuffer[] _outputs;
    private readonly AlignedBuffer _weights;
    private readonly TensorShape[] _inputShapes;
    private readonly TensorShape[] _targetShapes;
    private int _count;

    internal Batch(int capacity, IEnumerable<TensorShape> inputs, IEnumerable<TensorShape> targets, IEnumerable<TensorShape> outputs)
    {
        Capacity = capacity;
        _inputShapes = [.. inputs];
        _targetShapes = [.. targets];
        OutputShapes = [.. outputs];
        _inputs = [.. _inputShapes.Select(s => new AlignedBuffer((long)capacity * s.Size))];
        _lent = new nint[_inputs.Length];
        _byteInputs = new AlignedBuffer?[_inputs.Length];
        _bytes = new nint[_inputs.Length];
        _divisors = new float[_inputs.Length];
        MostBytes = new long[_inputs.Length];
        _targets = [.. _targetShapes.Select(s => new AlignedBuffer((long)capacity * s.Size))];
        _outputs = [.. OutputShapes.Select(s => new AlignedBuffer((long)capacity * s.Size))];
        _weights = new AlignedBuffer(capacity);
    }

    /// <summary>How many samples fit.</summary>
    public int Capacity { get; }

    /// <summary>How many samples are in it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than fit.</exception>
    public int Count
    {
        get => _count;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Capacity);
            _count = value;
        }
    }

    /// <summary>Whether <see cref="SampleWeights"/> hold weights; otherwise every sample counts 1.</summary>
    public bool HasSampleWeights { get; set; }

    /// <summary>The number of the model's inputs.</summary>
    public int InputCount => _inputs.Length;

    /// <summary>The number of targets: the model's outputs that have a loss.</summary>
    public int TargetCount => _targets.Length;

    /// <summary>The buffer of one of the model's inputs, for as many samples as fit.</summary>
    public Span<float> Input(int index)
    {
        (_lent[index], _bytes[index]) = (0, 0);
        return _inputs[index].Span(Capacity * _inputShapes[index].Size);
    }

    /// <summary>The buffer of one output's targets, for as many samples as fit.</summary>
    public Span<float> Target(int index) => _targets[index].Span(Capacity * _targetShapes[index].Size);

    /// <summary>What each sample counts in the loss.</summary>
    public Span<float> SampleWeights => _weights.Span(Capacity);

    /// <summary>The shapes of one sample of each output.</summary>
    internal TensorShape[] OutputShapes { get; }

    /// <summary>The shapes of one sample's targets of each output.</summary>
    internal TensorShape[] TargetShapes => _targetShapes;

    /// <summary>What the model made of the batch's samples.</summary>
    internal Span<float> Output(int index) => _outputs[index].Span(Count * OutputShapes[index].Size);

    /// <summary>Whether the engine reads inputs from memory that is lent to the batch, so that they need not be copied.</summary>
    internal bool Borrows { get; init; }

    /// <summary>For each of the model's inputs, the most values of a data set that are worth being kept as bytes, which the engine takes too; 0 where it takes floats alone.</summary>
    internal long[] MostBytes { get; set; }

    /// <summary>One of the model's inputs as bytes; null where they are floats.</summary>
    internal Pixels? Bytes(int index) => _bytes[index] == 0 ? null : new Pixels((byte*)_bytes[index], _divisors[index]);

    /// <summary>The buffer of an input of bytes, for as many samples as fit; they are divided by a number when they are read.</summary>
    internal Span<byte> ByteInput(int index, float divisor)
    {
        int size = Capacity * _inputShapes[index].Size;
        byte* buffer = (byte*)(_byteInputs[index] ??= new AlignedBuffer((size + sizeof(float) - 1) / sizeof(float))).Pointer;
        LendBytes(index, buffer, divisor);
        return new Span<byte>(buffer, size);
    }

    /// <summary>Lends an input's values for <see cref="Count"/> samples as bytes, as <see cref="Lend"/> does floats; <see cref="Pixels.Slack"/> more may be read.</summary>
    internal void LendBytes(int index, byte* values, float divisor) => (_bytes[index], _divisors[index]) = ((nint)values, divisor);

    /// <summary>The values of one of the model's inputs: its buffer, or what was lent.</summary>
    internal float* InputPointer(int index) => _lent[index] != 0 ? (float*)_lent[index] : _inputs[index].Pointer;

    internal float* OutputPointer(int index) => _outputs[index].Pointer;

    internal float* TargetPointer(int index) => _targets[index].Pointer;

    internal float* SampleWeightsPointer => _weights.Pointer;

    /// <summary>
    /// Gives one of the model's inputs its values for <see cref="Count"/> samples: lends them where the engine takes that, copies them otherwise. What is lent stays where it is until
    /// <see cref="Return"/>, and is only read.
    /// </summary>
    /// <param name="index">The input.</param>
    /// <param name="values">The samples' values, in memory that the garbage collector does not move meanwhile.</param>
    /// <param name="behind">How many floats of the same array lie behind them.</param>
    internal void Lend(int index, float* values, long behind)
    {
        int length = Count * _inputShapes[index].Size;

        // Kernels read whole vectors, and so somewhat more than there is. That is safe inside of an array, and in the page that the last value lies in.
        nint last = (nint)(values + length) - 1;
        _bytes[index] = 0;
        if (Borrows && (behind >= AlignedBuffer.Slack || last % AlignedBuffer.Page + AlignedBuffer.Slack * sizeof(float) < AlignedBuffer.Page))
            _lent[index] = (nint)values;
        else
            new ReadOnlySpan<float>(values, length).CopyTo(Input(index));
    }

    /// <summary>Copies what was lent, so that its owner may write over it.</summary>
    internal void TakeOver()
    {
        for (int i = 0; i < _lent.Length; i++)
        {
            if (_lent[i] != 0)
                new ReadOnlySpan<float>((float*)_lent[i], Count * _inputShapes[i].Size).CopyTo(Input(i));
            if (_bytes[i] != 0)
                new ReadOnlySpan<byte>((byte*)_bytes[i], Count * _inputShapes[i].Size).CopyTo(ByteInput(i, _divisors[i]));
        }
    }

    /// <summary>Ends what <see cref="Lend"/> began.</summary>
    internal void Return()
    {
        Array.Clear(_lent);
        Array.Clear(_bytes);
    }

    /// <summary>What an engine keeps with the batch: the plan made for its size.</summary>
    internal IDisposable? Plan { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Plan?.Dispose();
        foreach (AlignedBuffer buffer in (AlignedBuffer[])[.. _inputs, .. _byteInputs.OfType<AlignedBuffer>(), .. _targets, .. _outputs, _weights])
            buffer.Dispose();
    }
}
