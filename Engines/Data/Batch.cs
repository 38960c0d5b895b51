using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The buffers of a batch: a data set writes samples into them, and an engine reads them there.</summary>
public sealed class Batch : IDisposable
{
    private readonly AlignedBuffer[] _inputs;
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
    public Span<float> Input(int index) => _inputs[index].Span(Capacity * _inputShapes[index].Size);

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

    internal unsafe float* InputPointer(int index) => _inputs[index].Pointer;

    internal unsafe float* OutputPointer(int index) => _outputs[index].Pointer;

    internal unsafe float* TargetPointer(int index) => _targets[index].Pointer;

    internal unsafe float* SampleWeightsPointer => _weights.Pointer;

    /// <summary>What an engine keeps with the batch: the plan made for its size.</summary>
    internal IDisposable? Plan { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Plan?.Dispose();
        foreach (AlignedBuffer buffer in (AlignedBuffer[])[.. _inputs, .. _targets, .. _outputs, _weights])
            buffer.Dispose();
    }
}
