using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The losses of a batch, and their derivatives with respect to the model's outputs or logits.</summary>
internal sealed unsafe class LossOperation : IDisposable
{
    private readonly IReadOnlyList<Loss> _losses;
    private readonly IReadOnlyList<float> _lossWeights;
    private readonly Value[] _predictions;
    private readonly bool[] _fromLogits;
    private readonly AlignedBuffer _rowLosses;
    private readonly double[] _results;

    public LossOperation(ExecutorRequest request, Batch batch, Value[] predictions, bool[] fromLogits)
    {
        (_losses, _lossWeights, _predictions, _fromLogits) = (request.Losses, request.LossWeights, predictions, fromLogits);
        _rowLosses = new AlignedBuffer((long)batch.Capacity * predictions.Max(p => Rows(p.Shape)));
        _results = new double[_losses.Count];
    }

    /// <summary>The mean of each output's loss over the batch; the derivatives are those of their weighted sum.</summary>
    public ReadOnlySpan<double> Run(Batch batch, bool gradients)
    {
        for (int i = 0; i < _losses.Count; i++)
        {
            Value prediction = _predictions[i];
            int rowsPerSample = Rows(prediction.Shape), rows = batch.Count * rowsPerSample, width = prediction.Shape.Size / rowsPerSample;
            Span<float> losses = _rowLosses.Span(rows);
            var slopes = gradients ? new Span<float>(prediction.Gradient, rows * width) : [];
            _losses[i].Compute(new LossRows
            {
                Count = rows,
                Width = width,
                Targets = batch.Target(i)[..(batch.Count * batch.TargetShapes[i].Size)],
                Predictions = new Span<float>(prediction.Data, rows * width),
                FromLogits = _fromLogits[i],
                Losses = losses,
                Gradients = slopes,
            });
            double sum = 0;
            for (int row = 0; row < rows; row++)
            {
                float weight = batch.HasSampleWeights ? batch.SampleWeights[row / rowsPerSample] : 1;
                sum += (double)losses[row] * weight;
                if (!gradients)
                    continue;
                float factor = weight * _lossWeights[i] / rows;
                foreach (ref float slope in slopes.Slice(row * width, width))
                    slope *= factor;
            }
            _results[i] = sum / rows;
        }
        return _results;
    }

    public void Dispose() => _rowLosses.Dispose();

    private static int Rows(TensorShape shape) => shape.Rank == 0 ? 1 : shape.Size / shape[^1];
}
