using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>What an optimizer at work remembers, in no engine's own form.</summary>
/// <param name="Batches">How many batches there were; random layers draw by it too.</param>
/// <param name="LearningRate">The step size.</param>
/// <param name="Values">What is remembered of each trained weight: <c>slot_0/…</c>, <c>average/…</c>, <c>accumulated/…</c> before the weight's path.</param>
internal sealed record OptimizerState(long Batches, double LearningRate, ModelWeights Values);
