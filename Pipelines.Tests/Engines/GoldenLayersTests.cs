using ConvNets.Data.Hdf5;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Engines.TensorFlow;
using KerasConfig = ConvNets.Formats.KerasConfig;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Every case of the golden layer files, and of one with more arguments, on every engine, against Keras: predictions, outputs in training, gradients of inputs and weights, moving statistics, the loss.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class GoldenLayersTests
{
    // A bias in front of a normalization has an exact gradient of 0, and Keras's is noise: so an array is measured against the case's largest gradient too.
    private const double Tolerance = 1e-4;
    private const double OfLargestGradient = 0.1;

    public static IEnumerable<(string Path, string Case, string Engine)> Cases => SharedFiles.Glob("golden", "layers*.h5").Append(KerasOracles.PathOf("layers_more.h5")).SelectMany(path =>
    {
        using Hdf5File file = Hdf5File.Open(path);
        return file.Root.Groups.SelectMany(group => new[] { (path, group.Name, "managed"), (path, group.Name, "tensorflow") }).ToArray();
    });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void LayerIsKeras(string path, string name, string engine)
    {
        using Hdf5File file = Hdf5File.Open(path);
        Hdf5Group group = file.Group(name);
        string[] there = [.. group.Datasets.Select(d => d.Name)];
        Model model = KerasConfig.Parse(group.Attribute("config")!.ReadString());
        float[] Values(string dataset) => file.Dataset($"{name}/{dataset}").Read<float>();

        using Executor executor = NativeTensorFlow.Engine(engine).CreateExecutor(new ExecutorRequest(model, new Sgd(), [.. model.Outputs.Select(_ => new DotLoss())], [.. model.Outputs.Select(_ => 1f)], Threads: 2, Seed: 1) { InputGradients = true });
        executor.SetWeights(new ModelWeights(model.WeightSlots.Select((slot, i) => new WeightTensor(slot.Path, slot.Spec.Shape, Values($"weights/{i:00}"), slot.Trainable))));
        int count = (int)file.Dataset($"{name}/x_0").Shape[0];

        using (Batch batch = executor.CreateBatch(count, training: false))
        {
            Fill(batch);
            executor.Predict(batch);
            for (int i = 0; i < model.Outputs.Count; i++)
                AssertClose(Values($"y_{i}"), batch.Output(i), 0, $"y_{i}");
        }
        if (!there.Contains("r_0"))
            return;

        using Batch training = executor.CreateBatch(count, training: true);
        Fill(training);
        for (int i = 0; i < model.Outputs.Count; i++)
            Values($"r_{i}").CopyTo(training.Target(i));
        ReadOnlySpan<double> losses = executor.ComputeGradients(training, out ModelWeights gradients);
        double loss = executor.RegularizationLoss;
        foreach (double part in losses)
            loss += part;

        string[] paths = [.. model.WeightSlots.Select(slot => slot.Path)];
        (string Name, float[] Expected, float[] Found)[] derivatives =
        [
            .. model.Inputs.Select((_, i) => ($"grad_x_{i}", Values($"grad_x_{i}"), executor.InputGradient(training, i).ToArray())),
            .. gradients.Select(g => ($"grad/{Array.IndexOf(paths, g.Path):00}", g.Values)).Select(g => (g.Item1, Values(g.Item1), g.Values)),
        ];
        double scale = derivatives.Max(d => Norm(d.Expected));
        for (int i = 0; i < model.Outputs.Count; i++)
            AssertClose(Values($"t_{i}"), training.Output(i), 0, $"t_{i}");
        foreach ((string what, float[] expected, float[] found) in derivatives)
            AssertClose(expected, found, OfLargestGradient * scale, what);
        double expectedLoss = file.Dataset($"{name}/loss").Read<double>()[0];
        Assert.AreEqual(expectedLoss, loss, Tolerance * Math.Max(Math.Abs(expectedLoss), 1), "loss");

        ModelWeights after = executor.GetWeights();
        int[] still = [.. Enumerable.Range(0, after.Count).Where(i => file.TryGetDataset($"{name}/after/{i:00}", out _))];
        Assert.HasCount(model.WeightSlots.Count(slot => !slot.Trainable), still, "every weight that is not trained is compared");
        foreach (int i in still)
            AssertClose(Values($"after/{i:00}"), after[i].Values, 0, $"after/{i:00}");

        void Fill(Batch batch)
        {
            batch.Count = count;
            for (int i = 0; i < model.Inputs.Count; i++)
                Values($"x_{i}").CopyTo(batch.Input(i));
        }
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    private static void AssertClose(float[] expected, ReadOnlySpan<float> found, double atLeast, string what)
    {
        Assert.AreEqual(expected.Length, found.Length, what);
        float[] difference = new float[expected.Length];
        for (int i = 0; i < difference.Length; i++)
            difference[i] = expected[i] - found[i];
        double norm = Norm(difference), limit = Tolerance * Math.Max(Norm(expected), atLeast);
        Assert.IsTrue(norm <= limit, $"{what}: ‖a−b‖ = {norm:g4}, above {limit:g4}");
    }
}
