using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Permuted axes against their definition, there and back.</summary>
[TestClass]
public sealed class PermuteTests
{
    private const int Samples = 3;

    [TestMethod]
    [DataRow(new[] { 7 }, new[] { 1 })]
    [DataRow(new[] { 16, 33 }, new[] { 2, 1 })]
    [DataRow(new[] { 9, 1 }, new[] { 2, 1 })]
    [DataRow(new[] { 5, 7, 24 }, new[] { 1, 2, 3 })]
    [DataRow(new[] { 5, 7, 24 }, new[] { 3, 1, 2 })]
    [DataRow(new[] { 5, 7, 24 }, new[] { 2, 3, 1 })]
    [DataRow(new[] { 5, 7, 24 }, new[] { 3, 2, 1 })]
    [DataRow(new[] { 5, 7, 24 }, new[] { 2, 1, 3 })]
    [DataRow(new[] { 5, 7, 3 }, new[] { 1, 3, 2 })]
    [DataRow(new[] { 3, 2, 4, 5 }, new[] { 4, 2, 3, 1 })]
    [DataRow(new[] { 3, 2, 4, 5 }, new[] { 3, 4, 2, 1 })]
    [DataRow(new[] { 3, 2, 4, 5 }, new[] { 2, 1, 4, 3 })]
    public void AxesComeInTheirOrder(int[] dimensions, int[] order)
    {
        // Permuted twice, so that the derivatives of one are added to those of the other.
        TensorShape shape = [.. dimensions];
        KerasTensor input = new InputLayer(shape).Output;
        var model = new Model([input], [new Permute(order).Call(input), new Permute(order).Call(input)]);
        float[] x = TestWeights.Normal(Samples * shape.Size, 1), first = TestWeights.Normal(x.Length, 2), second = TestWeights.Normal(x.Length, 3);
        using Executor executor = Engine.Managed.CreateExecutor(new ExecutorRequest(model, new Sgd(), [new DotLoss(), new DotLoss()], [1f, 1f], Threads: 2, Seed: 1) { InputGradients = true });
        using Batch batch = executor.CreateBatch(Samples, training: true);
        batch.Count = Samples;
        x.CopyTo(batch.Input(0));
        first.CopyTo(batch.Target(0));
        second.CopyTo(batch.Target(1));

        executor.ComputeGradients(batch, out _);

        TensorShape permuted = [.. order.Select(axis => dimensions[axis - 1])];
        int[] from = [.. Enumerable.Range(0, x.Length).Select(i =>
        {
            int[] at = NaiveCall.Index(permuted, i % shape.Size), source = new int[at.Length];
            for (int place = 0; place < at.Length; place++)
                source[order[place] - 1] = at[place];
            return i / shape.Size * shape.Size + NaiveCall.Place(shape, source);
        })];
        float[] dx = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
            dx[from[i]] = first[i] + second[i];
        CollectionAssert.AreEqual(from.Select(i => x[i]).ToArray(), batch.Output(0).ToArray());
        CollectionAssert.AreEqual(dx, executor.InputGradient(batch, 0).ToArray());
    }
}
