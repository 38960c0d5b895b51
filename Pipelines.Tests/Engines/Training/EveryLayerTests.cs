using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Formats.Onnx;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>One model that has every layer: same bits for the same seed, whatever the number of threads; no allocation in a step; the same predictions from its files.</summary>
[TestClass]
public sealed class EveryLayerTests
{
    private const int Count = 10;

    private static readonly TensorShape Image = [12, 11, 3];

    [TestMethod]
    public void TheModelHasEveryLayer()
    {
        Type[] layers = [.. typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract && !type.IsAssignableTo(typeof(Model)))];
        CollectionAssert.IsSubsetOf(layers, Make().Layers.Select(layer => layer.GetType()).ToArray());
    }

    [TestMethod]
    public void SameSeedSameBits()
    {
        ModelWeights first = Train(threads: 1);
        foreach (int threads in new[] { 1, 2, 4 })
            SmallTraining.AssertSameBits(first, Train(threads));
    }

    [TestMethod]
    public void FilesPredictTheSame()
    {
        Model model = Make(), read = ModelJson.Read(ModelJson.Write(model));
        ModelWeights weights = TestWeights.Random(model, 1);
        float[] x = TestWeights.Normal(Count * Image.Size, 2), expected = Predict(model, weights, x);
        using var session = new OnnxSession(OnnxExport.ToBytes(model, weights), optimize: true);

        CollectionAssert.AreEqual(expected, Predict(read, weights, x));
        Assert.AreEqual(model.Summary(), read.Summary());
        Assert.IsLessThan(1e-4, expected.Zip(session.Run(Count, x)[0].Values, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs));
    }

    private static float[] Predict(Model model, ModelWeights weights, float[] x)
    {
        using Executor executor = Engine.Managed.CreateExecutor(new ExecutorRequest(model, new Sgd(), [new MeanSquaredError()], [1f], Threads: 2, Seed: 1));
        executor.SetWeights(weights);
        using Batch batch = executor.CreateBatch(Count, training: false);
        batch.Count = Count;
        x.CopyTo(batch.Input(0));
        executor.Predict(batch);
        return batch.Output(0).ToArray();
    }

    private static ModelWeights Train(int threads)
    {
        using CompiledModel model = Make().Compile(new Adam { GlobalClipNorm = 1 }, new MeanSquaredError(), options: new CompileOptions { Threads = threads, Seed = 7 });
        model.Fit(new Tensor(TestWeights.Normal(Count * Image.Size, 3), Image), new Tensor(TestWeights.Normal(Count * 3, 4), [3]), new FitOptions { Epochs = 2, BatchSize = 4 });
        return model.GetWeights();
    }

    private static Model Make()
    {
        KerasTensor input = new InputLayer(Image).Output;
        KerasTensor x = Chain(input, new RandomFlip(), new RandomTranslation(0.1, 0.1), new RandomRotation(0.1), new RandomZoom(0.1), new RandomContrast(0.2, (-9, 9)), new RandomBrightness(0.1, (-9, 9)),
            new Rescaling([1, 0.5, 2], [0, 0.1, 0]), new Normalization(mean: [0.1, 0, 0.1], variance: [1, 0.5, 1.5]), new GaussianNoise(0.05));

        // Three branches to (6, 5, 8).
        KerasTensor a = Chain(x, new Conv2D(8, 3, padding: Padding.Same, kernelRegularizer: new L2(0.01)), new BatchNormalization(), new ReLU(), new MaxPooling2D());
        KerasTensor b = Chain(x, new DepthwiseConv2D(3, padding: Padding.Same, depthMultiplier: 2), new LayerNormalization([1, 3]), new LeakyReLU(), new AveragePooling2D(), new Conv2D(8, 1), new GroupNormalization(4));
        KerasTensor c = Chain(x, new SeparableConv2D(8, 3, strides: 2), new ELU(), new PReLU(sharedAxes: [1, 2]), new ZeroPadding2D(((1, 0), (0, 0))), new SpatialDropout2D(0.2));
        KerasTensor merged = new Concatenate().Call(
            new Add().Call(a, b, c), new Subtract().Call(a, b), new Multiply().Call(a, c), new Average().Call(a, b), new Maximum().Call(b, c), new Minimum().Call(a, c));

        x = Chain(merged, new Conv2DTranspose(5, 2, strides: 2), new UpSampling2D((1, 2), Interpolation.Bilinear), new Cropping2D(((1, 0), (2, 1))), new CenterCrop(6, 7), new Softmax([1, 2]),
            new ActivityRegularization(0.01, 0.02), new Permute([3, 1, 2]), new Reshape([5, 6, 7]), new Activation(ActivationFunction.Gelu));
        KerasTensor pooled = new Concatenate().Call(new GlobalAveragePooling2D().Call(merged), new GlobalMaxPooling2D().Call(merged), new Flatten().Call(x));
        return new Model(input, Chain(pooled, new Dropout(0.3), new Dense(6, ActivationFunction.Mish), new Dense(3)));
    }

    private static KerasTensor Chain(KerasTensor x, params Layer[] layers) => layers.Aggregate(x, (value, layer) => layer.Call(value));
}
