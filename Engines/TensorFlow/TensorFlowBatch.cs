using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A batch's buffers as tensors, without a copy: inputs, targets, sample weights, the losses' slopes where the host gives them, and the step size. They are made anew only when the
/// number of samples changes. Besides what the losses are computed from, and their values.
/// </summary>
internal sealed unsafe class TensorFlowBatch : IDisposable
{
    private readonly ExecutorRequest _request;
    private readonly Batch _batch;
    private readonly TensorHandle _rate;
    private readonly AlignedBuffer[] _lossInputs;
    private readonly AlignedBuffer[] _slopes;
    private readonly LossOperation _loss;
    private readonly TensorHandle?[] _tensors;
    private int _count = -1;

    /// <param name="request">The model and its losses.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="rate">The step size.</param>
    /// <param name="fromLogits">For each loss, whether it is computed from the input of the model's last activation.</param>
    /// <param name="hostSlopes">Whether the losses' slopes are computed here and fed in.</param>
    public TensorFlowBatch(ExecutorRequest request, Batch batch, TensorHandle rate, bool[] fromLogits, bool hostSlopes)
    {
        (_request, _batch, _rate, HostSlopes) = (request, batch, rate, hostSlopes);
        TensorShape[] shapes = [.. request.Losses.Select((_, i) => batch.OutputShapes[i])];
        _lossInputs = [.. shapes.Select(shape => new AlignedBuffer((long)batch.Capacity * shape.Size))];
        _slopes = hostSlopes ? [.. shapes.Select(shape => new AlignedBuffer((long)batch.Capacity * shape.Size))] : [];
        Value[] values = [.. shapes.Select((shape, i) => new Value(shape, $"output {i}") { Data = _lossInputs[i].Pointer, Gradient = hostSlopes ? _slopes[i].Pointer : null })];
        _loss = new LossOperation(request, batch, values, fromLogits);
        _tensors = new TensorHandle?[batch.InputCount + batch.TargetCount + 1 + _slopes.Length + 1];
    }

    public bool HostSlopes { get; }

    /// <summary>The inputs.</summary>
    public ReadOnlySpan<TensorHandle> Inputs => Current[.._batch.InputCount];

    /// <summary>Everything but the step size.</summary>
    public ReadOnlySpan<TensorHandle> Samples => Current[..^1];

    /// <summary>Everything.</summary>
    public ReadOnlySpan<TensorHandle> All => Current;

    /// <summary>Takes over outputs and what the losses are computed from, and gives the tensors back.</summary>
    public void Take(ReadOnlySpan<TensorHandle> results)
    {
        int outputs = _batch.OutputShapes.Length;
        for (int i = 0; i < results.Length; i++)
        {
            using TensorHandle result = results[i];
            ReadOnlySpan<float> values = result.Floats;
            values.CopyTo(i < outputs ? _batch.Output(i) : _lossInputs[i - outputs].Span(values.Length));
        }
    }

    /// <summary>The loss of each output; the slopes too, where they are computed here.</summary>
    public ReadOnlySpan<double> Losses() => _loss.Run(_batch, gradients: HostSlopes);

    public void Dispose()
    {
        Release();
        foreach (AlignedBuffer buffer in (AlignedBuffer[])[.. _lossInputs, .. _slopes])
            buffer.Dispose();
    }

    private ReadOnlySpan<TensorHandle> Current
    {
        get
        {
            if (!_batch.HasSampleWeights)
                _batch.SampleWeights.Fill(1);
            if (_count != _batch.Count)
                Make();
            return _tensors!;
        }
    }

    private void Make()
    {
        Release();
        _count = _batch.Count;
        int next = 0;
        for (int i = 0; i < _batch.InputCount; i++)
            _tensors[next++] = Over(_batch.InputPointer(i), _request.Model.Inputs[i].Shape);
        for (int i = 0; i < _batch.TargetCount; i++)
            _tensors[next++] = Over(_batch.TargetPointer(i), _batch.TargetShapes[i]);
        _tensors[next++] = Over(_batch.SampleWeightsPointer, []);
        for (int i = 0; i < _slopes.Length; i++)
            _tensors[next++] = Over(_slopes[i].Pointer, _batch.OutputShapes[i]);
        _tensors[next] = _rate;
    }

    private TensorHandle Over(float* values, TensorShape shape) => TensorHandle.Over(values, DataType.Float, [_batch.Count, .. shape]);

    /// <summary>Gives the tensors back, but for the step size, which is not the batch's.</summary>
    private void Release()
    {
        foreach (TensorHandle? tensor in _tensors.AsSpan(0, _tensors.Length - 1))
            tensor?.Dispose();
    }
}
