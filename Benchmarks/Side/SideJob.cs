using System.Diagnostics;
using System.Text.Json;
using ConvNets.Engines;

namespace ConvNets.Benchmarks.Side;

/// <summary>
/// The timed job that is paired with a peer's: train, evaluate, predict 1 and 64 images; one JSON line of figures. Times are in milliseconds where the name ends in <c>_ms</c>,
/// else in seconds; a step's time is the median over all steps, callbacks excluded, a prediction's over 200 calls.
/// </summary>
internal static class SideJob
{
    private const string Usage = "usage: side happy|signs|mnist|resnet [--engine managed|tensorflow] [--rounding fastest|tensorflow] [--train F.h5 --test F.h5]";
    private const int PredictCalls = 200;

    public static int Run(string[] args)
    {
        string? kind = args.FirstOrDefault();
        if (kind is not ("happy" or "signs" or "mnist" or "resnet") || args.Length % 2 != 1)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 1; i < args.Length; i += 2)
            options[args[i]] = args[i + 1];
        Engine engine;
        try
        {
            engine = options.TryGetValue("--rounding", out string? rounding)
                ? Engine.ManagedWith(new ManagedOptions { Rounding = Enum.Parse<Rounding>(rounding, ignoreCase: true) })
                : Engine.Get(options.GetValueOrDefault("--engine", Engine.Managed.Name));
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        var clock = new StepClock();
        using TrainedJob job = kind switch
        {
            "mnist" => RandomJob.Mnist(engine, clock),
            "resnet" => RandomJob.Resnet(engine, clock),
            _ => PipelineJob.Run(kind, engine, options.GetValueOrDefault("--train"), options.GetValueOrDefault("--test"), clock),
        };
        double process = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        var results = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["kind"] = kind,
            ["peer"] = $"convnets {job.Model.Engine}",
            ["fit_s"] = Round(job.FitSeconds),
            ["process_s"] = Round(process),
            ["step_ms"] = Round(clock.Median),
            ["step_ms_min"] = Round(clock.Minimum),
            ["loss"] = Round(job.Evaluation["loss"]),
            ["accuracy"] = Round(job.Evaluation["accuracy"]),
            ["predict1_ms"] = Round(PredictMilliseconds(job.Model, job.Images.Slice(0, 1))),
            ["predict64_ms"] = Round(PredictMilliseconds(job.Model, job.Images.Slice(0, 64))),
            ["rss_mb"] = Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0),
        };
        Console.WriteLine(JsonSerializer.Serialize(results));
        return 0;
    }

    private static double Round(double value) => Math.Round(value, 4);

    private static double PredictMilliseconds(CompiledModel model, Tensor x)
    {
        float[] destination = new float[x.Count * model.Model.Outputs[0].Shape.Size];
        model.Predict(x, destination, x.Count);
        double[] times = new double[PredictCalls];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            model.Predict(x, destination, x.Count);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return StepClock.MedianOf(times);
    }
}

/// <summary>A model after its training.</summary>
/// <param name="Model">The model with its weights.</param>
/// <param name="FitSeconds">How long training took.</param>
/// <param name="Evaluation">Loss and accuracy on the test data.</param>
/// <param name="Images">At least 64 images to predict.</param>
internal sealed record TrainedJob(CompiledModel Model, double FitSeconds, IReadOnlyDictionary<string, double> Evaluation, Tensor Images) : IDisposable
{
    public void Dispose() => Model.Dispose();
}
