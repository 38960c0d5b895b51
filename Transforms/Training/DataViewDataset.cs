using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>The rows of a view as a data set to train on.</summary>
internal static class DataViewDataset
{
    /// <summary>
    /// Reads a view into memory, where an epoch's order is a permutation of the rows, so that views that cannot shuffle are shuffled too; or reads it anew in each epoch, while the rows
    /// before are trained on.
    /// </summary>
    /// <exception cref="ColumnException">A value cannot be trained on; the message names column and row.</exception>
    /// <exception cref="TrainingException">There are no rows, or more than memory holds.</exception>
    public static Dataset Create(ViewRows rows, bool inMemory)
    {
        if (!inMemory)
            return new StreamedView(rows);
        Samples all = rows.Read(int.MaxValue, order: null).FirstOrDefault() ?? throw NoRows();

        // Nobody else has them.
        Tensor[] inputs = [.. all.Inputs.Select(tensor => new Tensor(tensor.Values, tensor.SampleShape) { IsImmutable = true })];
        return Dataset.FromTensors(inputs, all.Targets, all.Weights);
    }

    private static TrainingException NoRows() => new("There are no rows to train on or to evaluate: the view is empty.");

    /// <summary>A view that is read anew in each epoch.</summary>
    private sealed class StreamedView(ViewRows rows) : Dataset
    {
        public override IReadOnlyList<TensorShape> InputShapes => rows.InputShapes;

        public override IReadOnlyList<TensorShape> TargetShapes => rows.TargetShapes;

        public override int? Count => rows.Count;

        public override IBatchReader Read(Philox? shuffle) => new Reader(rows, shuffle is null ? null : new Random(shuffle.NextInt32(int.MaxValue)));

        private sealed class Reader(ViewRows rows, Random? order) : IBatchReader
        {
            private IBatchReader? _batches;

            public bool Next(Batch batch)
            {
                if (_batches is null)
                {
                    IEnumerable<Samples> samples = rows.Read(batch.Capacity, order);
                    _batches = FromBatches(samples).Read(shuffle: null);
                }
                return _batches.Next(batch);
            }

            public void Dispose() => _batches?.Dispose();
        }
    }
}
