using System.Diagnostics;
using ConvNets.Benchmarks.Side;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Benchmarks.Scaling;

/// <summary>
/// Two 3×3 convolutions with as many filters as the images have channels, rectified, then GlobalAveragePooling2D and Dense 10: the general path of the engine.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Size">Their height and width.</param>
/// <param name="Channels">Their channels, and the filters.</param>
internal sealed record ScalingCase(int Batch, int Size, int Channels)
{
    private const int Samples = 5;
    private const double WarmUpSeconds = 0.2;
    private const double SampleSeconds = 0.03;

    /// <summary>Effective GFLOP/s, a multiply-add being two operations of the direct algorithm, however it is computed.</summary>
    /// <param name="training">A training step: besides the two convolutions their filters' derivatives and the second's input's, five convolutions in all; else the forward pass alone.</param>
    /// <param name="threads">The engine's threads.</param>
    public double Run(bool training, int threads)
    {
        KerasTensor input = new InputLayer([Size, Size, Channels]).Output, x = input;
        for (int i = 0; i < 2; i++)
            x = new Conv2D(Channels, 3, padding: Padding.Same, activation: ActivationFunction.Relu).Call(x);
        var model = new Model(input, new Dense(10, ActivationFunction.Softmax).Call(new GlobalAveragePooling2D().Call(x)));
        using var executor = new ManagedExecutor(new ExecutorRequest(model, new Adam(), [Loss.Get("categorical_crossentropy")], [1f], threads, 1), KernelSet.Best);
        executor.SetWeights(ModelWeights.Initialize(model, 1));
        using Engines.Batch batch = executor.CreateBatch(Batch, training);
        batch.Count = Batch;
        var random = new Philox(1);
        foreach (ref float value in batch.Input(0))
            value = random.NextSingle();
        for (int i = 0; i < Batch; i++)
            batch.Target(0)[10 * i + i % 10] = 1;
        double work = 2.0 * 9 * Channels * Channels * Size * Size * Batch * (training ? 5 : 2);
        return work / Seconds(() =>
        {
            if (training)
                executor.Train(batch);
            else
                executor.Predict(batch);
        }) / 1e9;
    }

    /// <summary>The median of a few samples, each of as many calls as take some time.</summary>
    private static double Seconds(Action call)
    {
        int calls = 0;
        for (long start = Stopwatch.GetTimestamp(); calls < 2 || Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds;)
        {
            call();
            calls++;
        }
        long once = Stopwatch.GetTimestamp();
        call();
        calls = Math.Max(1, (int)(SampleSeconds / Stopwatch.GetElapsedTime(once).TotalSeconds));
        double[] times = new double[Samples];
        for (int sample = 0; sample < Samples; sample++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
                call();
            times[sample] = Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
        }
        return StepClock.MedianOf(times);
    }
}
