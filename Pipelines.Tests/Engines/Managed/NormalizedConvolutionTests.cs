using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Convolution, normalization, rectifier and max-pooling in one operation against the same layers one by one, and its sums against their definitions.</summary>
[TestClass]
public sealed class NormalizedConvolutionTests
{
    private const int Count = 5;

    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from shape in new (int Height, int Width, int Kernel, int Pool, int Stride, Padding Convolution, Padding Pooling, bool Relu)[]
        {
            (21, 19, 7, 2, 2, Padding.Same, Padding.Valid, true),
            (21, 19, 7, 3, 3, Padding.Same, Padding.Same, true),
            (21, 19, 5, 2, 3, Padding.Valid, Padding.Valid, true),
            (21, 19, 4, 4, 4, Padding.Same, Padding.Same, false),
            (21, 19, 3, 2, 2, Padding.Valid, Padding.Same, true),
            (21, 19, 1, 2, 2, Padding.Same, Padding.Valid, false),

            // Pooled and summed in registers: rows of tiles that are no pairs, and whole vectors and parts of them.
            (18, 62, 7, 2, 2, Padding.Same, Padding.Valid, true),
            (10, 46, 5, 2, 2, Padding.Same, Padding.Valid, false),
        }
        select new object[] { kernels, shape.Height, shape.Width, shape.Kernel, shape.Pool, shape.Stride, shape.Convolution, shape.Pooling, shape.Relu };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void OneOperationGivesTheLayersGradientsAndStatistics(string kernels, int height, int width, int kernel, int pool, int stride, Padding padding, Padding poolPadding, bool relu)
    {
        Model Make(bool separate)
        {
            KerasTensor input = new InputLayer([height, width, 3]).Output;
            KerasTensor convolved = new Conv2D(56, kernel, padding: padding).Call(new ZeroPadding2D(1).Call(input));
            KerasTensor normal = new BatchNormalization().Call(convolved), last = relu ? new ReLU().Call(normal) : normal;
            KerasTensor output = new Dense(2).Call(new Flatten().Call(new MaxPooling2D(pool, stride, poolPadding).Call(last)));
            return new Model([input], separate ? [output, convolved] : [output]);
        }
        var random = new Philox(11);
        float[] x = [.. Enumerable.Range(0, Count * height * width * 3).Select(_ => random.NextSingle())];
        float[] t = [.. Enumerable.Range(0, Count * 2).Select(_ => random.NextSingle())];
        Model model = Make(separate: false);

        // Gammas of every sign: a negative one turns the order of values around. With 0 each pixel of a window is its greatest, and gamma learns from the one that is taken: TensorFlow's
        // first, or the one that the kernel has found.
        bool takesFirst = height == 21;
        ModelWeights weights = ModelWeights.Initialize(model, 7);
        WeightTensor gamma = weights.Single(w => w.Path.EndsWith("gamma", StringComparison.Ordinal));
        for (int f = 0; f < gamma.Values.Length; f++)
            gamma.Values[f] = f == 3 && takesFirst ? 0 : (f % 3 - 0.7f) * 0.8f;
        using var one = new EngineRun(model, new MeanSquaredError(), KernelSets.Get(kernels), weights);
        using var other = new EngineRun(Make(separate: true), new MeanSquaredError(), KernelSets.Get(kernels), weights);
        (float[] y, ModelWeights gradients) = one.Learn(Count, x, t);
        (float[] expected, ModelWeights expectedGradients) = other.Learn(Count, x, t);
        Near.AssertClose([.. expected.Select(v => (double)v)], y, 1e-6, "output");
        for (int i = 0; i < gradients.Count; i++)
        {
            // The bias has no effect; what is computed for it is noise of the others' size.
            double scale = gradients[i].Path.EndsWith("conv2d/bias", StringComparison.Ordinal) ? expectedGradients[0].Values.Max(Math.Abs) : expectedGradients[i].Values.Max(Math.Abs);
            for (int k = 0; k < gradients[i].Values.Length; k++)
                Assert.AreEqual(expectedGradients[i].Values[k], gradients[i].Values[k], 4e-6 * scale, $"{gradients[i].Path}, element {k}");
        }
        ModelWeights moved = one.Train(1, Count, x, t), expectedMoved = other.Train(1, Count, x, t);
        foreach (WeightTensor moving in moved.Where(w => !w.Trainable))
            Near.AssertClose([.. expectedMoved[moving.Path].Values.Select(v => (double)v)], moving.Values, 1e-6, moving.Path);
    }

    [TestMethod]
    [DynamicData(nameof(KernelSets.Names), typeof(KernelSets))]
    public void ResultsDoNotDependOnThreads(string kernels)
    {
        Model model = Architectures.HappyModel();
        ModelWeights weights = ModelWeights.Initialize(model, 7);
        float[] x = TestWeights.Normal(3 * 64 * 64 * 3, seed: 3), t = [0, 1, 1];
        ModelWeights Train(int threads)
        {
            using var run = new EngineRun(model, new BinaryCrossentropy(), KernelSets.Get(kernels), weights, threads);
            return run.Train(2, 3, x, t);
        }
        SmallTraining.AssertSameBits(Train(1), Train(4));
    }

    [TestMethod]
    [DynamicData(nameof(KernelSets.Names), typeof(KernelSets))]
    public unsafe void GramMatrixIsItsDefinition(string kernels)
    {
        foreach ((int height, int width, int channels, int kernel, bool same) in new[]
        {
            (9, 11, 3, 7, true), (64, 16, 3, 3, true), (12, 13, 3, 5, false), (3, 2, 3, 4, true), (6, 40, 3, 1, true), (70, 33, 1, 7, true), (17, 48, 2, 6, false), (8, 15, 5, 2, true),
        })
        {
            int before = same ? (kernel - 1) / 2 : 0, rows = same ? height : height - kernel + 1, columns = same ? width : width - kernel + 1, depth = kernel * kernel * channels;
            var shape = new WindowShape(height, width, channels, rows, columns, 48, kernel, kernel, 1, 1, 1, 1, before, before, 1);
            Model model = Architectures.HappyModel();
            WorkerTeam team = WorkerTeam.Of(2);
            using var parameters = new Parameters(model, new Adam(), team);
            using var context = new PlanContext(KernelSets.Get(kernels), team, parameters, 3, training: true, seed: 1);
            var gram = new PatchGram(context, shape, 3, team);
            using var scratch = new AlignedBuffer(2 * gram.WorkerScratchSize);
            using var images = new AlignedBuffer(3 * height * width * channels);
            float[] x = TestWeights.Normal(3 * height * width * channels, seed: 5);
            x.CopyTo(images.Span(x.Length));
            gram.Run(3, images.Pointer, worker => scratch.Pointer + worker * gram.WorkerScratchSize);

            double[] sums = new double[depth], products = new double[depth * depth], patch = new double[depth];
            for (int position = 0; position < 3 * rows * columns; position++)
            {
                int image = position / (rows * columns), i = position / columns % rows, j = position % columns;
                for (int k = 0; k < depth; k++)
                {
                    int r = i + k / (kernel * channels) - before, c = j + k / channels % kernel - before;
                    patch[k] = r >= 0 && r < height && c >= 0 && c < width ? x[((image * height + r) * width + c) * channels + k % channels] : 0;
                }
                for (int k = 0; k < depth; k++)
                {
                    sums[k] += patch[k];
                    for (int l = 0; l < depth; l++)
                        products[k * depth + l] += patch[k] * patch[l];
                }
            }
            Near.AssertClose(sums, new Span<float>(gram.Sums, depth).ToArray(), 1e-6, $"sums of {shape}");
            Near.AssertClose(products, new Span<float>(gram.Gram, depth * depth).ToArray(), 1e-6, $"Gram matrix of {shape}");
        }
    }
}
