namespace ConvNets.ModelDefs;

/// <summary>The two networks of the course "Convolutional Neural Networks: Application".</summary>
public static class Architectures
{
    /// <summary>
    /// "Is this face smiling?": ZeroPadding2D 3 → Conv2D 32 7×7 → BatchNormalization → ReLU → MaxPooling2D 2×2 → Flatten → Dense 1 sigmoid,
    /// on images (64, 64, 3). 37,633 parameters, 37,569 of them trainable.
    /// </summary>
    public static Sequential HappyModel() => HappyModel([64, 64, 3]);

    /// <summary><see cref="HappyModel()"/> on images of another shape.</summary>
    public static Sequential HappyModel(TensorShape inputShape) => new(
    [
        new ZeroPadding2D(3) { InputShape = inputShape },
        new Conv2D(32, 7, strides: 1),
        new BatchNormalization(axis: 3),
        new ReLU(),
        new MaxPooling2D(),
        new Flatten(),
        new Dense(1, ActivationFunction.Sigmoid),
    ]);

    /// <summary>
    /// "Which digit does the hand show?": Conv2D 8 4×4 same → ReLU → MaxPooling2D 8×8 stride 8 same → Conv2D 16 2×2 same → ReLU → MaxPooling2D 4×4 stride 4 same →
    /// Flatten → Dense softmax. On images (64, 64, 3) with 6 classes: 1,310 parameters.
    /// </summary>
    /// <param name="inputShape">The images' shape, (height, width, channels).</param>
    /// <param name="classes">The number of classes, which is the number of the last layer's units.</param>
    public static Model ConvolutionalModel(TensorShape inputShape, int classes = 6)
    {
        KerasTensor input = new InputLayer(inputShape).Output;
        KerasTensor z1 = new Conv2D(8, 4, padding: Padding.Same).Call(input);
        KerasTensor a1 = new ReLU().Call(z1);
        KerasTensor p1 = new MaxPooling2D(8, strides: 8, padding: Padding.Same).Call(a1);
        KerasTensor z2 = new Conv2D(16, 2, padding: Padding.Same).Call(p1);
        KerasTensor a2 = new ReLU().Call(z2);
        KerasTensor p2 = new MaxPooling2D(4, strides: 4, padding: Padding.Same).Call(a2);
        KerasTensor flat = new Flatten().Call(p2);
        return new Model(input, new Dense(classes, ActivationFunction.Softmax).Call(flat));
    }
}
