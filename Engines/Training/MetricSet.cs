using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The loss and the metrics of a model, gathered over an epoch or a data set.</summary>
internal sealed class MetricSet
{
    private readonly Metric[] _metrics;
    private readonly int _width;
    private readonly int _rowsPerSample;
    private double _lossSum;
    private long _samples;

    public MetricSet(Model model, Loss loss, IReadOnlyList<string> names)
    {
        TensorShape output = model.Outputs[0].Shape;
        _width = output.Rank == 0 ? 1 : output[^1];
        _rowsPerSample = output.Size / _width;
        _metrics = [.. names.Select(name => Metric.Get(name, loss, _width))];
    }

    /// <summary>The mean loss of the samples so far.</summary>
    public double Loss => _samples == 0 ? 0 : _lossSum / _samples;

    public void Reset()
    {
        (_lossSum, _samples) = (0, 0);
        foreach (Metric metric in _metrics)
            metric.Reset();
    }

    /// <summary>Takes in a batch: its loss, and the metrics of its outputs.</summary>
    public void Update(Batch batch, ReadOnlySpan<double> losses)
    {
        _lossSum += losses[0] * batch.Count;
        _samples += batch.Count;
        var rows = new MetricRows
        {
            Count = batch.Count * _rowsPerSample,
            Width = _width,
            Targets = batch.Target(0)[..(batch.Count * batch.TargetShapes[0].Size)],
            Predictions = batch.Output(0),
            Weights = batch.HasSampleWeights && _rowsPerSample == 1 ? batch.SampleWeights[..batch.Count] : [],
        };
        foreach (Metric metric in _metrics)
            metric.Update(rows);
    }

    /// <summary>The figures by name, the loss first.</summary>
    public Dictionary<string, double> Results()
    {
        var results = new Dictionary<string, double>(StringComparer.Ordinal) { ["loss"] = Loss };
        foreach (Metric metric in _metrics)
            results[metric.Name] = metric.Result;
        return results;
    }
}
