using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>What an optimizer at work remembers, in no engine's own form.</summary>
/// <param name="Batches">How many batches there were; random layers draw by it too.</param>
/// <param name="LearningRate">The step size.</param>
/// <param name="Values">What is remembered of each trained weight: <c>slot_0/…</c>, <c>average/…</c>, <c>accumulated/…</c> before the weight's path.</param>
internal sealed record OptimizerState(long Batches, double LearningRate, ModelWeights Values);

/// <summary>An optimizer at work: what it remembers, and where it is.</summary>
internal interface IOptimizerRun
{
    /// <summary>How many batches there were.</summary>
    long Batches { get; }

    /// <summary>The step size of the next step.</summary>
    /// <exception cref="InvalidOperationException">It is set although a schedule gives it.</exception>
    double LearningRate { get; set; }

    /// <summary>A copy of what is remembered.</summary>
    OptimizerState GetState();

    /// <summary>Takes over what was remembered.</summary>
    /// <exception cref="TrainingException">It is that of another optimizer or other weights.</exception>
    void SetState(OptimizerState state);

    /// <summary>Puts the weights' moving average in their place, where there is one.</summary>
    void UseAverage();
}
