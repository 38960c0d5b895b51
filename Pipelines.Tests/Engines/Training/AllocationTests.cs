using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Training;

/// <summary>A training step and a prediction allocate nothing, on any thread.</summary>
[TestClass]
[DoNotParallelize]
public sealed class AllocationTests
{
    private const int BatchSize = 4, Batches = 12;

    [TestMethod]
    [DataRow("happy")]
    [DataRow("signs")]
    [DataRow("bytes")]
    [DataRow("mnist")]
    [DataRow("resnet")]
    [DataRow("random")]
    public void StepsAllocateNothing(string kind)
    {
        (CompiledModel model, Tensor x, Tensor y) = Make(kind);
        using (model)
        {
            Batch batch = model.BatchFor(BatchSize, training: true, x.Count);
            IBatchReader? reader = null;
            void Start() => reader = Dataset.FromTensors(x, y).Read(new Philox(1));
            void Step()
            {
                reader!.Next(batch);
                model.Metrics.Update(batch, model.Executor.Train(batch), model.Executor.RegularizationLoss);
            }
            AssertAllocatesNothing(Start, Step);
            reader!.Dispose();
        }
    }

    [TestMethod]
    [DataRow("happy")]
    [DataRow("signs")]
    [DataRow("mnist")]
    [DataRow("resnet")]
    public void PredictionsAllocateNothing(string kind)
    {
        (CompiledModel model, Tensor x, _) = Make(kind);
        using (model)
        {
            float[] outputs = new float[x.Count * model.Model.Outputs[0].Shape.Size];
            Tensor one = x.Slice(1, 1);
            AssertAllocatesNothing(() => { }, () =>
            {
                model.Predict(x, outputs, BatchSize);
                model.Predict(one, outputs, 1);
            });
        }
    }

    /// <summary>
    /// The count is exact and over all threads, those of the runtime and of the test runner included, which allocate now and then; what a step allocates it allocates in every round.
    /// </summary>
    private static void AssertAllocatesNothing(Action start, Action step)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 6 && least > 0; round++)
        {
            start();
            step();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 1; i < Batches; i++)
                step();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        Assert.AreEqual(0, least);
    }

    private static (CompiledModel Model, Tensor X, Tensor Y) Make(string kind)
    {
        Model model = kind switch
        {
            "happy" => Architectures.HappyModel(),
            "signs" or "bytes" => Architectures.ConvolutionalModel([64, 64, 3]),
            "mnist" => new Sequential([new Conv2D(32, 3) { InputShape = [28, 28, 1] }, new ReLU(), new MaxPooling2D(), new Conv2D(64, 3), new ReLU(), new MaxPooling2D(), new Flatten(), new Dense(10, ActivationFunction.Softmax)]),
            "random" => new Sequential([
                new RandomContrast(0.2) { InputShape = [16, 16, 3] }, new RandomBrightness(0.2), new Conv2D(8, 3), new SpatialDropout2D(0.2), new Permute([3, 1, 2]), new Dropout(0.5), new Flatten(),
                new Dense(10, ActivationFunction.Softmax)]),
            _ => Residual(),
        };
        TensorShape shape = model.Inputs[0].Shape;
        int width = model.Outputs[0].Shape.Size;
        float[] values = TestWeights.Normal(Batches * BatchSize * shape.Size, seed: 3);
        Tensor x = kind == "bytes" ? Tensor.FromBytes([.. values.Select(v => (byte)(128 + 30 * v))], shape) : new Tensor(values, shape);
        float[] y = new float[Batches * BatchSize * width];
        for (int i = 0; i < Batches * BatchSize; i++)
            y[i * width + (width == 1 ? 0 : i % width)] = width == 1 ? i % 2 : 1;
        Loss loss = width == 1 ? new BinaryCrossentropy() : new CategoricalCrossentropy();
        return (model.Compile(new Adam { GlobalClipNorm = 1 }, loss, ["accuracy"], new CompileOptions { Threads = 2, Seed = 7 }), x, new Tensor(y, [width]));
    }

    /// <summary>A residual block with a projection, as in the job of this name.</summary>
    private static Model Residual()
    {
        static KerasTensor Normalized(KerasTensor x, int filters, int kernel, int stride) => new BatchNormalization().Call(new Conv2D(filters, kernel, stride, Padding.Same).Call(x));
        KerasTensor input = new InputLayer([32, 32, 3]).Output, x = new ReLU().Call(Normalized(input, 32, 3, 1));
        KerasTensor inner = Normalized(new ReLU().Call(Normalized(x, 64, 3, 2)), 64, 3, 1);
        x = new ReLU().Call(new Add().Call(inner, Normalized(x, 64, 1, 2)));
        return new Model(input, new Dense(10, ActivationFunction.Softmax).Call(new GlobalAveragePooling2D().Call(x)));
    }
}
