using ConvNets.Engines;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>A network on an engine, with room for the rows of one batch. Not thread-safe: every cursor has its own.</summary>
internal sealed class LogitsScorer : IDisposable
{
    private readonly LogitsNetwork _network;
    private readonly CompiledModel _model;
    private readonly float[] _inputs;
    private readonly float[] _logits;

    public LogitsScorer(LogitsNetwork network, int capacity)
    {
        _network = network;
        Capacity = capacity;
        _inputs = new float[capacity * network.InputShape.Size];
        _logits = new float[capacity * network.Width];
        _model = network.Compile();
    }

    /// <summary>How many rows fit.</summary>
    public int Capacity { get; }

    /// <summary>Where a row's features go.</summary>
    public Span<float> Features(int row) => _inputs.AsSpan(row * _network.InputShape.Size, _network.InputShape.Size);

    /// <summary>Computes the logits of the first rows.</summary>
    public void Run(int rows)
    {
        _model.Predict(new Tensor(_inputs.AsMemory(0, rows * _network.InputShape.Size), _network.InputShape), _logits, Capacity);
        foreach (ref float logit in _logits.AsSpan(0, rows * _network.Width))
            logit = (logit * _network.Scale) + _network.Shift;
    }

    /// <summary>The logits of a row.</summary>
    public void CopyLogits(int row, ref VBuffer<float> destination)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref destination, _network.Width);
        _logits.AsSpan(row * _network.Width, _network.Width).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void Dispose() => _model.Dispose();
}
