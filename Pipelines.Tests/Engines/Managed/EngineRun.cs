using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>A model on the managed engine with chosen kernels and a chosen number of threads.</summary>
internal sealed class EngineRun : IDisposable
{
    private readonly ManagedExecutor _executor;
    private readonly int? _samples;

    public EngineRun(Model model, Loss loss, KernelSet kernels, ModelWeights weights, int threads = 2, Optimizer? optimizer = null, ManagedOptions? options = null, int? samples = null)
    {
        _executor = new ManagedExecutor(new ExecutorRequest(model, optimizer ?? new Adam(), [loss], [1f], threads, 1), kernels) { Options = options ?? new ManagedOptions() };
        _samples = samples;
        _executor.SetWeights(weights);
    }

    /// <summary>The outputs and the weights' gradients of one batch in training mode.</summary>
    public (float[] Outputs, ModelWeights Gradients) Learn(int count, float[] x, float[] t)
    {
        using Batch batch = Fill(count, x, t);
        _executor.ComputeGradients(batch, out ModelWeights gradients);
        return (batch.Output(0).ToArray(), gradients);
    }

    /// <summary>The weights after some steps on the same batch.</summary>
    public ModelWeights Train(int steps, int count, float[] x, float[] t)
    {
        using Batch batch = Fill(count, x, t);
        for (int i = 0; i < steps; i++)
            _executor.Train(batch);
        return _executor.GetWeights();
    }

    public void Dispose() => _executor.Dispose();

    private Batch Fill(int count, float[] x, float[] t)
    {
        Batch batch = _executor.CreateBatch(count, training: true, _samples);
        batch.Count = count;
        x.CopyTo(batch.Input(0));
        t.CopyTo(batch.Target(0));
        return batch;
    }
}

/// <summary>The instruction sets that this processor has.</summary>
internal static class KernelSets
{
    public static IEnumerable<string> Names
    {
        get
        {
            if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
                yield return "AVX-512";
            if (System.Runtime.Intrinsics.X86.Avx2.IsSupported)
                yield return "AVX2";
            yield return "Vector128";
        }
    }

    public static KernelSet Get(string name) => name switch
    {
        "AVX-512" => KernelSet.Avx512(),
        "AVX2" => KernelSet.Avx2(),
        _ => KernelSet.Vector128(),
    };
}

/// <summary>Comparison of values in single precision with those of a reference.</summary>
internal static class Near
{
    /// <summary>Fails where a value is farther from the reference than a part of the reference's greatest.</summary>
    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> found, double tolerance, string what)
    {
        Assert.HasCount(expected.Count, found, what);
        double greatest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Count; i++)
            Assert.AreEqual(expected[i], found[i], tolerance * greatest, $"{what}, element {i}");
    }
}
