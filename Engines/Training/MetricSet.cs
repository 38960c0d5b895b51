using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The loss and the metrics of a model, gathered over an epoch or a data set.</summary>
internal sealed class MetricSet
{
    private readonly Output[] _outputs;
    private double _lossSum;
    private long _samples;

    public MetricSet(Model model, IReadOnlyList<OutputObjective> objectives)
    {
        _outputs = [.. objectives.Select((objective, i) => new Output(model.Outputs[i], objective, prefix: model.Outputs.Count > 1 ? $"{model.Outputs[i].Node.Layer.Name}_" : ""))];
        Metrics = [.. _outputs.SelectMany(o => o.Metrics.Select(m => (o.Prefix + m.Metric.Name, m.Metric)))];
    }

    /// <summary>The mean loss of the samples so far: the outputs' losses, each times its weight, and what regularizers add.</summary>
    public double Loss => _samples == 0 ? 0 : _lossSum / _samples;

    /// <summary>The loss of the last batch.</summary>
    public double BatchLoss { get; private set; }

    /// <summary>Every metric by the name that it has in the history.</summary>
    public (string Name, Metric Metric)[] Metrics { get; }

    public void Reset()
    {
        (_lossSum, _samples) = (0, 0);
        foreach (Output output in _outputs)
            output.Reset();
    }

    /// <summary>Takes in a batch: its losses, and the metrics of its outputs.</summary>
    public void Update(Batch batch, ReadOnlySpan<double> losses, double regularization)
    {
        BatchLoss = regularization;
        for (int i = 0; i < _outputs.Length; i++)
        {
            BatchLoss += _outputs[i].Weight * losses[i];
            _outputs[i].Update(batch, i, losses[i]);
        }
        _lossSum += BatchLoss * batch.Count;
        _samples += batch.Count;
    }

    /// <summary>The figures by name in Keras's order: the loss, each output's where there are several, and each output's metrics.</summary>
    public Dictionary<string, double> Results()
    {
        var results = new Dictionary<string, double>(StringComparer.Ordinal) { ["loss"] = Loss };
        if (_outputs.Length > 1)
        {
            foreach (Output output in _outputs)
                results[$"{output.Prefix}loss"] = output.LossSum / Math.Max(_samples, 1);
        }
        foreach ((string name, Metric metric) in Metrics)
        {
            string free = name;
            for (int i = 1; results.ContainsKey(free); i++)
                free = $"{name}_{i}";
            results[free] = metric.Result;
        }
        return results;
    }

    /// <summary>Writes what was gathered since the epoch began.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_lossSum);
        writer.Write(_samples);
        foreach (Output output in _outputs)
        {
            writer.Write(output.LossSum);
            foreach ((Metric metric, _) in output.Metrics)
                metric.SaveState(writer);
        }
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    public void Restore(BinaryReader reader)
    {
        (_lossSum, _samples) = (reader.ReadDouble(), reader.ReadInt64());
        foreach (Output output in _outputs)
        {
            output.LossSum = reader.ReadDouble();
            foreach ((Metric metric, _) in output.Metrics)
                metric.RestoreState(reader);
        }
    }

    /// <summary>What is gathered of one output.</summary>
    private sealed class Output(KerasTensor tensor, OutputObjective objective, string prefix)
    {
        private readonly int _width = tensor.Shape.Rank == 0 ? 1 : tensor.Shape[^1];
        private readonly int _rowsPerSample = tensor.Shape.Rank == 0 ? 1 : tensor.Shape.Size / tensor.Shape[^1];

        public string Prefix => prefix;

        public double Weight => objective.Weight;

        public double LossSum { get; set; }

        public (Metric Metric, bool Weighted)[] Metrics { get; } =
        [
            .. objective.Metrics.Select(m => (m.Resolve(objective.Loss, tensor.Shape.Rank == 0 ? 1 : tensor.Shape[^1]), false)),
            .. objective.WeightedMetrics.Select(m => (m.Resolve(objective.Loss, tensor.Shape.Rank == 0 ? 1 : tensor.Shape[^1]), true)),
        ];

        public void Reset()
        {
            LossSum = 0;
            foreach ((Metric metric, _) in Metrics)
                metric.Reset();
        }

        public void Update(Batch batch, int index, double loss)
        {
            LossSum += loss * batch.Count;
            foreach ((Metric metric, bool weighted) in Metrics)
            {
                metric.Update(new MetricRows
                {
                    Count = batch.Count * _rowsPerSample,
                    Width = _width,
                    Targets = batch.Target(index)[..(batch.Count * batch.TargetShapes[index].Size)],
                    Predictions = batch.Output(index),
                    Weights = weighted && batch.HasSampleWeights ? batch.SampleWeights[..batch.Count] : [],
                    RowsPerSample = _rowsPerSample,
                });
            }
        }
    }
}
