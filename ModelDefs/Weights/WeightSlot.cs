namespace ConvNets.ModelDefs;

/// <summary>A weight's place in a model.</summary>
/// <param name="Layer">The layer that has it.</param>
/// <param name="Index">Its index among that layer's weights.</param>
/// <param name="Path">Layer and weight, e.g. <c>conv2d/kernel</c>; a nested model's name comes first.</param>
/// <param name="Spec">Its description.</param>
/// <param name="Trainable">Whether the optimizer changes it: the weight, its layer and the models around it are all trainable.</param>
public sealed record WeightSlot(Layer Layer, int Index, string Path, WeightSpec Spec, bool Trainable);
