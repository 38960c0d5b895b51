using System.Diagnostics;
using System.Text.Json;
using ConvNets.Data;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Benchmarks.Side;

/// <summary>The timed job that is paired with a peer's: train, evaluate, predict 1 and 64 images; one JSON line of figures.</summary>
internal static class SideJob
{
    private const int PredictCalls = 200;

    public static int Run(string[] args)
    {
        string kind = args[0];
        string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int i ? args[i + 1] : null;
        bool happy = kind == "happy";
        ImageDataset train = ImageDataset.LoadHdf5(Option("--train")!), test = ImageDataset.LoadHdf5(Option("--test")!, "test_set_x", "test_set_y");
        Model description = happy ? Architectures.HappyModel() : Architectures.ConvolutionalModel([64, 64, 3]);
        using CompiledModel model = description.Compile("adam", happy ? "binary_crossentropy" : "categorical_crossentropy", "accuracy");
        Tensor x = Tensor.FromBytes(train.Images, [64, 64, 3]), y = Labels(train, happy), xt = Tensor.FromBytes(test.Images, [64, 64, 3]), yt = Labels(test, happy);
        var clock = new StepClock();
        long start = Stopwatch.GetTimestamp();
        model.Fit(x, y, new FitOptions { Epochs = happy ? 10 : 100, BatchSize = happy ? 16 : 64, Shuffle = happy, ValidationData = happy ? null : Dataset.FromTensors(xt, yt), Callbacks = [clock] });
        double fit = Stopwatch.GetElapsedTime(start).TotalSeconds;
        IReadOnlyDictionary<string, double> evaluation = model.Evaluate(xt, yt);
        double process = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        var results = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["kind"] = kind,
            ["peer"] = $"convnets {model.Engine}",
            ["fit_s"] = Round(fit),
            ["process_s"] = Round(process),
            ["step_ms"] = Round(clock.Median),
            ["step_ms_min"] = Round(clock.Minimum),
            ["loss"] = Round(evaluation["loss"]),
            ["accuracy"] = Round(evaluation["accuracy"]),
            ["predict1_ms"] = Round(Predict(model, x.Slice(0, 1))),
            ["predict64_ms"] = Round(Predict(model, x.Slice(0, 64))),
            ["rss_mb"] = Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0),
        };
        Console.WriteLine(JsonSerializer.Serialize(results));
        return 0;
    }

    private static double Round(double value) => Math.Round(value, 4);

    private static Tensor Labels(ImageDataset data, bool binary)
    {
        int width = binary ? 1 : 6;
        float[] values = new float[data.Count * width];
        for (int i = 0; i < data.Count; i++)
            values[binary ? i : i * 6 + (int)data.Labels[i]] = binary ? data.Labels[i] : 1;
        return new Tensor(values, [width]);
    }

    private static double Predict(CompiledModel model, Tensor x)
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
