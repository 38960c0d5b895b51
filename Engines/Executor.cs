using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A model on an engine, with its weights, and buffers and plans for the batches that it is given. Not thread-safe.</summary>
internal abstract class Executor : IDisposable
{
    /// <summary>Makes the buffers of batches of up to <paramref name="capacity"/> samples, and the plan that runs them.</summary>
    public abstract Batch CreateBatch(int capacity, bool training);

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
    /// <exception cref="NotSupportedException">The engine does not give them.</exception>
    public virtual ReadOnlySpan<float> InputGradient(Batch batch, int index) => throw new NotSupportedException("This engine does not give gradients of inputs.");

    /// <summary>A copy of the weights as they are.</summary>
    public abstract ModelWeights GetWeights();

    /// <summary>Takes over weights; what the optimizer remembers stays.</summary>
    public abstract void SetWeights(ModelWeights weights);

    /// <summary>The step size from now on.</summary>
    public abstract double LearningRate { get; set; }

    /// <summary>What the optimizer remembers, for a checkpoint.</summary>
    /// <exception cref="NotSupportedException">The engine cannot give it out.</exception>
    public virtual OptimizerState GetOptimizerState() => throw new NotSupportedException("This engine cannot save what its optimizer remembers; train with Engine.Managed to write checkpoints.");

    /// <summary>Takes over what an optimizer remembered.</summary>
    /// <exception cref="NotSupportedException">The engine cannot take it.</exception>
    /// <exception cref="TrainingException">It is that of another optimizer.</exception>
    public virtual void SetOptimizerState(OptimizerState state) => throw new NotSupportedException("This engine cannot go on from a checkpoint; train with Engine.Managed.");

    /// <summary>Puts the weights' moving average in their place, where the optimizer keeps one.</summary>
    public virtual void UseAveragedWeights()
    {
    }

    /// <summary>What, of inputs and layers' outputs in their order, is the first to have a value that is not finite on a batch; null for nothing.</summary>
    public virtual string? FindNotFinite(Batch batch) => null;

    public abstract void Dispose();
}
