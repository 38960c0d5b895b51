using System.Diagnostics;
using ConvNets.Benchmarks.Side;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Benchmarks.Layers;

/// <summary>Times a layer on the managed engine: its output in training mode, and from the output's derivatives those of its inputs and weights.</summary>
internal static class LayerClock
{
    public const int BatchSize = 32;
    private const int LeastSteps = 5;

    /// <summary>The median step in milliseconds.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="seconds">How long steps are timed, after as long a time of warming up.</param>
    public static double Milliseconds(LayerCase layer, double seconds)
    {
        Model model = layer.CreateModel();
        var request = new ExecutorRequest(model, new Sgd(), [new DotLoss()], [1], Environment.ProcessorCount, Seed: 1) { InputGradients = true };
        using Executor executor = Engine.Managed.CreateExecutor(request);
        executor.SetWeights(ModelWeights.Initialize(model, seed: 1));
        using Batch batch = executor.CreateBatch(BatchSize, training: true);
        batch.Count = BatchSize;
        var random = new Philox(1, 0);
        for (int i = 0; i < batch.InputCount; i++)
            Fill(batch.Input(i), random);
        Fill(batch.Target(0), random);

        var plan = (Plan)batch.Plan!;
        var times = new List<double>();
        for (long end = Stopwatch.GetTimestamp() + (long)(2 * seconds * Stopwatch.Frequency); Stopwatch.GetTimestamp() < end || times.Count < LeastSteps;)
        {
            long start = Stopwatch.GetTimestamp();
            plan.Forward(batch);
            TimeSpan forward = Stopwatch.GetElapsedTime(start);

            // What the layers behind would give: the derivatives lie where the layer writes over them.
            plan.Loss(batch, gradients: true);
            start = Stopwatch.GetTimestamp();
            plan.Backward(batch);
            times.Add((forward + Stopwatch.GetElapsedTime(start)).TotalMilliseconds);
        }

        // In the first half code is compiled.
        return StepClock.MedianOf([.. times.Skip(times.Count / 2)]);
    }

    private static void Fill(Span<float> values, Philox random)
    {
        foreach (ref float value in values)
            value = random.NextNormal();
    }
}
