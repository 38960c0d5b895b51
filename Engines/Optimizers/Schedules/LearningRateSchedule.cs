namespace ConvNets.Engines;

/// <summary>A step size as a function of the step. Derive from it to make another, and give it to <see cref="Optimizer.Schedule"/>.</summary>
public abstract class LearningRateSchedule
{
    /// <summary>The step size of a step.</summary>
    /// <param name="step">The step's number since the model was compiled, from 0; where gradients are accumulated, each batch counts.</param>
    public abstract double At(long step);
}
