using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A model on an engine, with its weights, and buffers and plans for the batches that it is given. Not thread-safe.</summary>
internal abstract class Executor : IDisposable
{
    /// <summary>Makes the buffers of batches of up to <paramref name="capacity"/> samples, and the plan that runs them.</summary>
    /// <param name="capacity">The most samples of a batch.</param>
    /// <param name="training">Whether batches are trained on.</param>
    /// <param name="samples">How many samples a pass over the data has; null where that is not known.</param>
    public abstract Batch CreateBatch(int capacity, bool training, int? samples = null);

    /// <summary>One step: predictions into the batch's outputs, the loss, its gradients, and the optimizer's update.</summary>
    /// <returns>The loss of each output: the mean over the batch's samples, before the update.</returns>
    public abstract ReadOnlySpan<double> Train(Batch batch);

    /// <summary>The gradients that a step would use, without the update. The moving statistics do move.</summary>
    public abstract ReadOnlySpan<double> ComputeGradients(Batch batch, out ModelWeights gradients);

    /// <summary>Predictions in inference mode into the batch's outputs.</summary>
    public abstract void Predict(Batch batch);

    /// <summary>Predictions in inference mode, and the loss of each output.</summary>
    public abstract ReadOnlySpan<double> Evaluate(Batch batch);

    /// <summary>What regularizers added to the loss of the last batch that was trained on or evaluated: not part of the losses of the outputs.</summary>
    public double RegularizationLoss { get; protected set; }

    /// <summary>
    /// The derivatives of the last step's loss with respect to one of the model's inputs, where <see cref="ExecutorRequest.InputGradients"/> asked for them; empty where the loss
    /// does not depend on it.
    /// </summary>
    public abstract ReadOnlySpan<float> InputGradient(Batch batch, int index);

    /// <summary>A copy of the weights as they are.</summary>
    public abstract ModelWeights GetWeights();

    /// <summary>Takes over weights; what the optimizer remembers stays.</summary>
    public abstract void SetWeights(ModelWeights weights);

    /// <summary>The step size from now on.</summary>
    public abstract double LearningRate { get; set; }

    /// <summary>What the optimizer remembers, for a checkpoint.</summary>
    public abstract OptimizerState GetOptimizerState();

    /// <summary>Takes over what an optimizer remembered.</summary>
    /// <exception cref="TrainingException">It is that of another optimizer.</exception>
    public abstract void SetOptimizerState(OptimizerState state);

    /// <summary>Puts the weights' moving average in their place, where the optimizer keeps one.</summary>
    public abstract void UseAveragedWeights();

    /// <summary>What, of inputs and layers' outputs in their order, is the first to have a value that is not finite on a batch; null for nothing.</summary>
    public abstract string? FindNotFinite(Batch batch);

    public abstract void Dispose();
}
