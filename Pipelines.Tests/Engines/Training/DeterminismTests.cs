using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>The same seed gives the same bits, whatever the number of threads; steps and predictions allocate nothing.</summary>
[TestClass]
public sealed class DeterminismTests
{
    [TestMethod]
    [DataRow("happy")]
    [DataRow("signs")]
    [DataRow("residual")]
    public void SameSeedSameBits(string architecture)
    {
        ModelWeights first = Train(architecture, threads: 1);
        foreach (int threads in new[] { 1, 2, 4 })
            SmallTraining.AssertSameBits(first, Train(architecture, threads));
    }

    private static ModelWeights Train(string architecture, int threads)
    {
        (CompiledModel model, Tensor x, Tensor y) = Make(architecture, threads);
        using (model)
        {
            model.Fit(x, y, new FitOptions { Epochs = 2, BatchSize = 4 });
            return model.GetWeights();
        }
    }

    private static (CompiledModel Model, Tensor X, Tensor Y) Make(string architecture, int threads)
    {
        const int Count = 10;
        bool happy = architecture == "happy";
        Model model = architecture switch
        {
            "happy" => Architectures.HappyModel(),
            "signs" => Architectures.ConvolutionalModel([64, 64, 3]),
            _ => Residual(),
        };
        var x = new Tensor(TestWeights.Normal(Count * 64 * 64 * 3, seed: 3), [64, 64, 3]);
        int width = happy ? 1 : 6;
        float[] y = new float[Count * width];
        for (int i = 0; i < Count; i++)
            y[i * width + (happy ? 0 : i % 6)] = happy ? i % 2 : 1;
        Optimizer optimizer = new Adam { GlobalClipNorm = 1 };
        CompiledModel compiled = model.Compile(optimizer, happy ? new BinaryCrossentropy() : new CategoricalCrossentropy(), ["accuracy"], new CompileOptions { Threads = threads, Seed = 7 });
        return (compiled, x, new Tensor(y, [width]));
    }

    /// <summary>Convolutions of every kind: by their definition and by Winograd's tiles, with strides, behind sums, in front of normalizations and of pooling.</summary>
    private static Model Residual()
    {
        static KerasTensor Normalized(KerasTensor x, int filters, int kernel, int stride) => new BatchNormalization().Call(new Conv2D(filters, kernel, stride, Padding.Same).Call(x));
        KerasTensor input = new InputLayer([64, 64, 3]).Output, x = new ReLU().Call(Normalized(input, 16, 3, 2));
        KerasTensor inner = Normalized(new ReLU().Call(Normalized(x, 32, 3, 2)), 32, 3, 1);
        x = new ReLU().Call(new Add().Call(inner, Normalized(x, 32, 1, 2)));
        x = new MaxPooling2D().Call(new Conv2D(32, 3, activation: ActivationFunction.Relu).Call(x));
        return new Model(input, new Dense(6, ActivationFunction.Softmax).Call(new GlobalAveragePooling2D().Call(x)));
    }
}
