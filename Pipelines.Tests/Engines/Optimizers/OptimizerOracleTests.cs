using ConvNets.Data.Hdf5;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;
using ConvNets.Pipelines.Tests.Engines.TensorFlow;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Every optimizer, schedule and common option against Keras: twenty steps on given gradients.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class OptimizerOracleTests
{
    private const double Tolerance = 1e-5;

    public static IEnumerable<(string Path, string Case)> Cases =>
        SharedFiles.Glob("golden", "optimizers*.h5").Append(KerasOracles.PathOf("optimizers_more.h5")).SelectMany(path =>
        {
            using Hdf5File file = Hdf5File.Open(path);
            return file.Root.Groups.Where(g => g.Name != "grads").Select(g => (path, g.Name)).ToArray();
        });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void TwentyStepsAreKeras(string path, string name)
    {
        using Hdf5File file = Hdf5File.Open(path);
        Optimizer optimizer = KerasOptimizers.Parse(file.Group(name).Attribute("config")!.ReadString());
        var layer = new TwoWeights();
        var model = new Sequential([new InputLayer([3]), layer]);
        using var parameters = new Parameters(model, optimizer, WorkerTeam.Of(1));
        parameters.Set(new ModelWeights(model.WeightSlots.Select((slot, i) => new WeightTensor(slot.Path, slot.Spec.Shape, file.Dataset(i == 0 ? "a" : "b").Read<float>(), Trainable: true))));
        string[] weights = ["a", "b"];
        float[][] gradients = [.. weights.Select(w => file.Dataset($"grads/{w}").Read<float>())], expected = [.. weights.Select(w => file.Dataset($"{name}/{w}").Read<float>())];
        for (int step = 0; step < 20; step++)
        {
            for (int i = 0; i < weights.Length; i++)
                SetGradient(parameters.Find(layer, weights[i])!, gradients[i], step);
            parameters.Update();
            ModelWeights found = parameters.Copy(gradients: false);
            for (int i = 0; i < weights.Length; i++)
                AssertClose(expected[i].AsSpan(step * found[i].Values.Length, found[i].Values.Length), found[i].Values, $"{weights[i]} after step {step + 1}");
        }
    }

    /// <summary>The same as nodes of a TensorFlow graph, into which the gradients are fed.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void TwentyStepsOfAGraphAreKeras(string path, string name)
    {
        NativeTensorFlow.Require();
        using Hdf5File file = Hdf5File.Open(path);
        Optimizer optimizer = KerasOptimizers.Parse(file.Group(name).Attribute("config")!.ReadString());
        Assert.IsTrue(TensorFlowOptimizers.Supports(optimizer.GetType()), optimizer.Name);
        var model = new Sequential([new InputLayer([3]), new TwoWeights()]);
        string[] weights = ["a", "b"];
        using var graph = new NativeGraph(device: null);
        using var session = new GraphSession(graph, 1, 1);
        var variables = new GraphVariables(graph.Builder, model);
        GraphOutput[] fed = [.. variables.Slots.Select(slot => graph.Builder.Placeholder(slot.Spec.Name, GraphVariables.Shape(slot)))];
        graph.Extend();
        var values = new VariableGroup(graph, session, variables.Variables, [.. variables.Slots.Select(slot => slot.Spec.Shape)]);
        values.Set(i => file.Dataset(weights[i]).Read<float>());
        using var run = new GraphOptimizer(graph, session, optimizer, [.. fed.Select((gradient, i) => new TrainedWeight(variables.Slots[i], variables.Variables[i], variables.Reads[i], gradient))]);
        GraphCall move = new(graph, [.. fed, .. run.Feeds], [], run.Targets(moves: true)), gather = new(graph, [.. fed, .. run.Feeds], [], run.Targets(moves: false));
        for (int step = 0; step < 20; step++)
        {
            run.Begin();
            TensorHandle[] gradients = [.. weights.Select((w, i) => GradientOf(variables.Slots[i].Spec.Shape, file.Dataset($"grads/{w}").Read<float>(), step))];
            session.Run(run.MovesNext ? move : gather, [.. gradients, .. run.Values], [], "take a step");
            run.End();
            float[][] found = values.Get();
            for (int i = 0; i < weights.Length; i++)
            {
                gradients[i].Dispose();
                AssertClose(file.Dataset($"{name}/{weights[i]}").Read<float>().AsSpan(step * found[i].Length, found[i].Length), found[i], $"{weights[i]} after step {step + 1}");
            }
        }
    }

    private static unsafe TensorHandle GradientOf(TensorShape shape, float[] gradients, int step)
    {
        fixed (float* values = &gradients[step * shape.Size])
            return TensorHandle.Copy(values, [.. shape.Select(d => (long)d)]);
    }

    private static unsafe void SetGradient(Parameter parameter, float[] gradients, int step) =>
        gradients.AsSpan(step * parameter.Size, parameter.Size).CopyTo(new Span<float>(parameter.Gradient, parameter.Size));

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, string where)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - found[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        Assert.IsLessThanOrEqualTo(Tolerance * Math.Sqrt(size), Math.Sqrt(difference), where);
    }

    /// <summary>The two weights of the files.</summary>
    private sealed class TwoWeights() : Layer(name: null)
    {
        public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];

        protected override void Build(IReadOnlyList<TensorShape> inputShapes)
        {
            AddWeight("a", [3, 4], new Zeros());
            AddWeight("b", [5], new Zeros());
        }
    }
}
