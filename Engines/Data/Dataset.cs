using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Samples with their targets, which training goes through once an epoch.</summary>
public abstract class Dataset
{
    /// <summary>The shape of one sample of each of the model's inputs.</summary>
    public abstract IReadOnlyList<TensorShape> InputShapes { get; }

    /// <summary>The shape of one sample's target for each output; none for data that are only predicted.</summary>
    public abstract IReadOnlyList<TensorShape> TargetShapes { get; }

    /// <summary>The number of samples, where it is known beforehand.</summary>
    public abstract int? Count { get; }

    /// <summary>Starts an epoch.</summary>
    /// <param name="shuffle">Where the order is drawn from; null for the data's own order.</param>
    public abstract IBatchReader Read(Philox? shuffle);

    /// <summary>Some of the samples, as a data set of their own.</summary>
    /// <param name="first">The first one's number.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="TrainingException">The data cannot be split, since they are only read from the first to the last.</exception>
    public virtual Dataset Slice(int first, int count) =>
        throw new TrainingException($"A {GetType().Name} is read from its first sample to its last and cannot be split; give {nameof(FitOptions.ValidationData)} in place of {nameof(FitOptions.ValidationSplit)}.");

    /// <summary>A data set over arrays.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets; null where samples are only predicted.</param>
    /// <param name="sampleWeights">What each sample counts in the loss; null for 1.</param>
    /// <exception cref="TrainingException">The numbers of samples differ, or there are none.</exception>
    public static Dataset FromTensors(Tensor x, Tensor? y = null, float[]? sampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        return FromTensors([x], y is null ? [] : [y], sampleWeights);
    }

    /// <summary>A data set over arrays, for a model of several inputs or outputs.</summary>
    /// <param name="x">An array for each input.</param>
    /// <param name="y">An array for each output that has a loss; none where samples are only predicted.</param>
    /// <param name="sampleWeights">What each sample counts in the losses; null for 1.</param>
    /// <exception cref="TrainingException">The numbers of samples differ, or there are none.</exception>
    public static Dataset FromTensors(IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y, float[]? sampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return new TensorDataset(x, y, sampleWeights is null ? null : new ReadOnlyMemory<float>?(sampleWeights));
    }

    /// <summary>A data set over batches that are made or loaded one after the other, so that the data may be larger than memory.</summary>
    /// <param name="batches">
    /// The batches, gone through anew in each epoch. Each is a step of its own, smaller or larger; one of more samples than <see cref="FitOptions.BatchSize"/> is trained on in several steps.
    /// While one is trained on the next is made, on another thread; its memory may be that of the one before.
    /// </param>
    /// <exception cref="TrainingException">There are no batches.</exception>
    public static Dataset FromBatches(IEnumerable<Samples> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new BatchSequence(() => Prefetch.Of(batches));
    }

    /// <summary>A data set over batches that come asynchronously; while one is trained on the next is waited for.</summary>
    /// <inheritdoc cref="FromBatches(IEnumerable{Samples})"/>
    public static Dataset FromBatches(IAsyncEnumerable<Samples> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new BatchSequence(() => Prefetch.Of(batches));
    }
}

/// <summary>One pass over a data set.</summary>
public interface IBatchReader : IDisposable
{
    /// <summary>Fills a batch, the last one perhaps in part, and sets its <see cref="Batch.Count"/>.</summary>
    /// <returns>False when no sample was left.</returns>
    bool Next(Batch batch);
}

/// <summary>Some samples with their targets: what a stream of batches is made of.</summary>
/// <param name="Inputs">An array for each of the model's inputs.</param>
/// <param name="Targets">An array for each output that has a loss.</param>
/// <param name="Weights">What each sample counts in the losses; null for 1.</param>
public sealed record Samples(IReadOnlyList<Tensor> Inputs, IReadOnlyList<Tensor> Targets, float[]? Weights = null)
{
    /// <summary>Makes samples of one input and one target.</summary>
    public Samples(Tensor x, Tensor y, float[]? weights = null) : this([x], [y], weights)
    {
    }
}
