using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>
/// Every layer on the managed engine against its definition in double precision: what it predicts, what it gives in training, and its derivatives, whose oracle are central differences
/// of the definition.
/// </summary>
[TestClass]
public sealed class LayerGradientTests
{
    private const double Tolerance = 1e-5;

    // In double precision, central differences of this step are right to some nine digits.
    private const double Step = 1e-5;

    // Of larger tensors, so many places are moved, evenly spread.
    private const int Places = 48;

    public static IEnumerable<(string Name, int Count)> Cases => LayerCases.All.SelectMany(c => new[] { (c.Name, 1), (c.Name, 3) });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void LayerIsItsDefinition(string name, int count)
    {
        (_, TensorShape[] inputs, Func<Layer[]> layers) = LayerCases.All.Single(c => c.Name == name);
        Model model = LayerCases.Build(inputs, layers());
        ModelWeights weights = TestWeights.Random(model, 3);
        float[][] x = [.. inputs.Select((shape, i) => TestWeights.Normal(count * shape.Size, 5 + i))];
        float[] direction = TestWeights.Normal(count * model.Outputs[0].Shape.Size, 4);
        double[][] exactWeights = [.. weights.Select(w => Exact(w.Values))], exactInputs = [.. x.Select(Exact)];

        using Executor executor = Engine.Managed.CreateExecutor(new ExecutorRequest(model, new Sgd(), [new DotLoss()], [1f], Threads: 2, Seed: 1) { InputGradients = true });
        executor.SetWeights(weights);
        using (Batch prediction = Fill(training: false))
        {
            executor.Predict(prediction);
            AssertClose(NaiveForward.Run(model, exactWeights, count, training: false, exactInputs).Outputs[0], prediction.Output(0), 0, "prediction");
        }
        using Batch batch = Fill(training: true);
        direction.CopyTo(batch.Target(0));
        double loss = executor.ComputeGradients(batch, out ModelWeights gradients)[0] + executor.RegularizationLoss;

        AssertClose(NaiveForward.Run(model, exactWeights, count, training: true, exactInputs).Outputs[0], batch.Output(0), 0, "output in training");
        AssertClose([Loss()], [(float)loss], direction.Length, "loss");
        var derivatives = new List<(string What, double[] Expected, float[] Found)>();
        for (int i = 0; i < x.Length; i++)
            derivatives.Add(Compare($"input {i}", exactInputs[i], executor.InputGradient(batch, i)));
        string[] paths = [.. weights.Select(w => w.Path)];
        foreach (WeightTensor gradient in gradients)
            derivatives.Add(Compare(gradient.Path, exactWeights[Array.IndexOf(paths, gradient.Path)], gradient.Values));
        double scale = derivatives.Max(d => d.Expected.Max(Math.Abs));
        foreach ((string what, double[] expected, float[] found) in derivatives)
            AssertClose(expected, found, scale, $"derivatives of {what}");

        Batch Fill(bool training)
        {
            Batch filled = executor.CreateBatch(count, training);
            filled.Count = count;
            for (int i = 0; i < x.Length; i++)
                x[i].CopyTo(filled.Input(i));
            return filled;
        }

        double Loss()
        {
            (double[][] outputs, double penalty) = NaiveForward.Run(model, exactWeights, count, training: true, exactInputs);
            return outputs[0].Zip(direction, (y, r) => y * r).Sum() + penalty;
        }

        (string, double[], float[]) Compare(string what, double[] values, ReadOnlySpan<float> found)
        {
            int[] places = [.. Enumerable.Range(0, Math.Min(Places, values.Length)).Select(i => (int)((long)i * values.Length / Math.Min(Places, values.Length)))];
            double[] expected = [.. places.Select(place =>
            {
                double before = values[place];
                values[place] = before + Step;
                double above = Loss();
                values[place] = before - Step;
                double below = Loss();
                values[place] = before;
                return (above - below) / (2 * Step);
            })];
            float[] all = found.ToArray();
            return (what, expected, [.. places.Select(place => all[place])]);
        }
    }

    [TestMethod]
    public void EveryLayerHasACase()
    {
        Type[] covered = [.. LayerCases.All.SelectMany(c => c.Layers()).Select(layer => layer.GetType()).Distinct()];
        Type[] layers = [.. typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract && !type.IsAssignableTo(typeof(Model)) && type != typeof(InputLayer))];

        // A flip has no factor that leaves images alone: see RandomLayerTests.
        CollectionAssert.AreEquivalent(new[] { typeof(RandomFlip) }, layers.Except(covered).ToArray());
    }

    private static double[] Exact(float[] values) => [.. values.Select(v => (double)v)];

    private static void AssertClose(double[] expected, ReadOnlySpan<float> found, double scale, string what)
    {
        Assert.AreEqual(expected.Length, found.Length, what);
        scale = Math.Max(scale, expected.Max(Math.Abs));
        double difference = 0;
        for (int i = 0; i < expected.Length; i++)
            difference = Math.Max(difference, Math.Abs(expected[i] - found[i]));
        Assert.IsLessThanOrEqualTo(Tolerance * scale, difference, what);
    }
}
