namespace ConvNets.ModelDefs;

/// <summary>The description of one weight of a layer.</summary>
/// <param name="Name">Keras's name of it in its layer: <c>kernel</c>, <c>bias</c>, <c>gamma</c>, <c>moving_mean</c>, …</param>
/// <param name="Shape">Its shape, in Keras's layout: a Conv2D kernel is (height, width, input channels, filters), a Dense kernel (inputs, units).</param>
/// <param name="Initializer">What gives its first values.</param>
/// <param name="Trainable">Whether the optimizer changes it; false for statistics that the layer itself keeps.</param>
/// <param name="Regularizer">The penalty on it that is added to the loss while it is trained; null for none.</param>
public sealed record WeightSpec(string Name, TensorShape Shape, Initializer Initializer, bool Trainable, Regularizer? Regularizer = null);
