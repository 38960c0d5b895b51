using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>
/// A batch's buffers as tensors, without a copy: inputs, targets, sample weights, the losses' slopes where the host gives them; and the tensors that are the same for all batches. They
/// are made anew only when the number of samples changes. Besides what the losses are computed from, and their values.
/// </summary>
internal sealed unsafe class TensorFlowBatch : IDisposable
{
    private readonly ExecutorRequest _request;
    private readonly Batch _batch;
    private readonly AlignedBuffer[] _lossInputs;
    private readonly AlignedBuffer[] _slopes;
    private readonly LossOperation _loss;
    private readonly TensorHandle[] _tensors;
    private readonly int _own;
    private int _count = -1;

    /// <param name="request">The model and its losses.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="step">How many training steps there were.</param>
    /// <param name="numbers">What the optimizer is fed; none where it runs on the host.</param>
    /// <param name="fromLogits">For each loss, whether it is computed from the input of the model's last activation.</param>
    /// <param name="hostSlopes">Whether the losses' slopes are computed here and fed in.</param>
    public TensorFlowBatch(ExecutorRequest request, Batch batch, TensorHandle step, IReadOnlyList<TensorHandle> numbers, bool[] fromLogits, bool hostSlopes)
    {
        (_request, _batch, HostSlopes) = (request, batch, hostSlopes);
        TensorShape[] shapes = [.. request.Losses.Select((_, i) => batch.OutputShapes[i])];
        _lossInputs = [.. shapes.Select(shape => new AlignedBuffer((long)batch.Capacity * shape.Size))];
        _slopes = hostSlopes ? [.. shapes.Select(shape => new AlignedBuffer((long)batch.Capacity * shape.Size))] : [];
        Value[] values = [.. shapes.Select((shape, i) => new Value(shape, $"output {i}") { Data = _lossInputs[i].Pointer, Gradient = hostSlopes ? _slopes[i].Pointer : null })];
        _loss = new LossOperation(request, batch, values, fromLogits);
        _own = batch.InputCount + batch.TargetCount + 1 + _slopes.Length;
        _tensors = [step, .. new TensorHandle[_own], .. numbers];
        InputGradients = new float[batch.InputCount][];
    }

    public bool HostSlopes { get; }

    /// <summary>What regularizers added to the loss.</summary>
    public double Penalty { get; private set; }

    /// <summary>The last gradients with respect to the inputs, where they were asked for.</summary>
    public float[]?[] InputGradients { get; }

    /// <summary>The inputs.</summary>
    public ReadOnlySpan<TensorHandle> Inputs => Current.Slice(1, _batch.InputCount);

    /// <summary>The step's number and the inputs.</summary>
    public ReadOnlySpan<TensorHandle> StepAndInputs => Current[..(1 + _batch.InputCount)];

    /// <summary>Everything but the optimizer's numbers.</summary>
    public ReadOnlySpan<TensorHandle> Samples => Current[..(1 + _own)];

    /// <summary>Everything.</summary>
    public ReadOnlySpan<TensorHandle> All => Current;

    /// <summary>Takes over outputs, what the losses are computed from and the penalty, and gives the tensors back.</summary>
    public void Take(ReadOnlySpan<TensorHandle> results)
    {
        int outputs = _batch.OutputShapes.Length;
        Penalty = 0;
        for (int i = 0; i < results.Length; i++)
        {
            using TensorHandle result = results[i];
            ReadOnlySpan<float> values = result.Floats;
            if (i < outputs)
                values.CopyTo(_batch.Output(i));
            else if (i < outputs + _lossInputs.Length)
                values.CopyTo(_lossInputs[i - outputs].Span(values.Length));
            else
                Penalty = values[0];
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
            return _tensors;
        }
    }

    private void Make()
    {
        Release();
        _count = _batch.Count;
        int next = 1;
        for (int i = 0; i < _batch.InputCount; i++)
            _tensors[next++] = Over(_batch.InputPointer(i), _request.Model.Inputs[i].Shape);
        for (int i = 0; i < _batch.TargetCount; i++)
            _tensors[next++] = Over(_batch.TargetPointer(i), _batch.TargetShapes[i]);
        _tensors[next++] = Over(_batch.SampleWeightsPointer, []);
        for (int i = 0; i < _slopes.Length; i++)
            _tensors[next++] = Over(_slopes[i].Pointer, _batch.OutputShapes[i]);
    }

    private TensorHandle Over(float* values, TensorShape shape) => TensorHandle.Over(values, DataType.Float, [_batch.Count, .. shape]);

    /// <summary>Gives back the tensors that are the batch's own.</summary>
    private void Release()
    {
        foreach (TensorHandle? tensor in _tensors.AsSpan(1, _own))
            tensor?.Dispose();
    }
}
