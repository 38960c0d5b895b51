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
