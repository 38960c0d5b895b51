using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The losses of a batch, and their derivatives with respect to the model's outputs or logits.</summary>
internal sealed unsafe class LossOperation
{
    private readonly IReadOnlyList<Loss> _losses;
    private readonly IReadOnlyList<float> _lossWeights;
    private readonly Value[] _predictions;
    private readonly bool[] _fromLogits;
    private readonly double[] _rowLosses;
    private readonly double[] _results;

    public LossOperation(ExecutorRequest request, Batch batch, Value[] predictions, bool[] fromLogits)
    {
        (_losses, _lossWeights, _predictions, _fromLogits) = (request.Losses, request.LossWeights, predictions, fromLogits);
        _rowLosses = new double[batch.Capacity * predictions.Max(p => Rows(p.Shape))];
        _results = new double[_losses.Count];
    }

    /// <summary>The loss of each output over the batch; the derivatives are those of their weighted sum.</summary>
    public ReadOnlySpan<double> Run(Batch batch, bool gradients)
    {
        for (int i = 0; i < _losses.Count; i++)
        {
            Value prediction = _predictions[i];
            int rowsPerSample = Rows(prediction.Shape), rows = batch.Count * rowsPerSample, width = prediction.Shape.Size / rowsPerSample;
            var batchRows = new LossRows
            {
                Count = rows,
                Width = width,
                Targets = batch.Target(i)[..(batch.Count * batch.TargetShapes[i].Size)],
                Predictions = new Span<float>(prediction.Data, rows * width),
                FromLogits = _fromLogits[i],
                Losses = _rowLosses.AsSpan(0, rows),
                Gradients = gradients ? new Span<float>(prediction.Gradient, rows * width) : [],
            };
            _results[i] = LossReducer.Compute(_losses[i], batchRows, batch.HasSampleWeights ? batch.SampleWeights : [], rowsPerSample, _lossWeights[i]);
        }
        return _results;
    }

    private static int Rows(TensorShape shape) => shape.Rank == 0 ? 1 : shape.Size / shape[^1];
}
