using System.Diagnostics;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Benchmarks.Side;

/// <summary>Small image classifiers on random images, two epochs, as the peers' jobs of the same names.</summary>
internal static class RandomJob
{
    private const int Classes = 10;

    /// <summary>28×28×1: Conv 32 3×3, ReLU, MaxPool 2, Conv 64 3×3, ReLU, MaxPool 2, Flatten, Dense 10; batch 128.</summary>
    public static TrainedJob Mnist(Engine engine, Callback clock) => Run(new Sequential(
    [
        new Conv2D(32, 3) { InputShape = [28, 28, 1] },
        new ReLU(),
        new MaxPooling2D(),
        new Conv2D(64, 3),
        new ReLU(),
        new MaxPooling2D(),
        new Flatten(),
        new Dense(Classes, ActivationFunction.Softmax),
    ]), batchSize: 128, engine, clock);

    /// <summary>
    /// 32×32×3: Conv 32 3×3, BatchNormalization, ReLU; three residual blocks of 32, 64 and 128 filters, the second and third with stride 2; GlobalAveragePooling, Dense 10; batch 32.
    /// </summary>
    public static TrainedJob Resnet(Engine engine, Callback clock) => Run(Residual(), batchSize: 32, engine, clock);

    /// <summary>The model of <see cref="Resnet"/>.</summary>
    public static Model Residual()
    {
        KerasTensor input = new InputLayer([32, 32, 3]).Output, x = Rectified(Normalized(input, 32, kernel: 3, stride: 1));
        foreach ((int filters, int stride) in new[] { (32, 1), (64, 2), (128, 2) })
        {
            KerasTensor inner = Normalized(Rectified(Normalized(x, filters, kernel: 3, stride)), filters, kernel: 3, stride: 1);
            KerasTensor shortcut = stride == 1 ? x : Normalized(x, filters, kernel: 1, stride);
            x = Rectified(new Add().Call(inner, shortcut));
        }
        return new Model(input, new Dense(Classes, ActivationFunction.Softmax).Call(new GlobalAveragePooling2D().Call(x)));
    }

    private static KerasTensor Normalized(KerasTensor x, int filters, int kernel, int stride) => new BatchNormalization().Call(new Conv2D(filters, kernel, stride, Padding.Same).Call(x));

    private static KerasTensor Rectified(KerasTensor x) => new ReLU().Call(x);

    private static TrainedJob Run(Model description, int batchSize, Engine engine, Callback clock)
    {
        CompiledModel model = description.Compile(Optimizer.Get("adam"), Loss.Get("categorical_crossentropy"), ["accuracy"], new CompileOptions { Engine = engine });
        TensorShape shape = description.Inputs[0].Shape;
        (Tensor x, Tensor y) = Random(2560, shape, stream: 0);
        (Tensor xTest, Tensor yTest) = Random(128, shape, stream: 1);
        long start = Stopwatch.GetTimestamp();
        model.Fit(x, y, new FitOptions { Epochs = 2, BatchSize = batchSize, Callbacks = [clock] });
        return new TrainedJob(model, Stopwatch.GetElapsedTime(start).TotalSeconds, model.Evaluate(xTest, yTest), x);
    }

    private static (Tensor X, Tensor Y) Random(int count, TensorShape shape, int stream)
    {
        var random = new Philox(1, stream);
        float[] x = new float[count * shape.Size], y = new float[count * Classes];
        foreach (ref float value in x.AsSpan())
            value = random.NextSingle();
        for (int i = 0; i < count; i++)
            y[i * Classes + random.NextInt32(Classes)] = 1;
        return (new Tensor(x, shape), new Tensor(y, [Classes]));
    }
}
