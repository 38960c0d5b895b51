using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Convolutions of every instruction set against plain loops in double precision: the output, and the gradients of the filters, the bias and, through a layer in front, the input.</summary>
[TestClass]
public sealed class ConvolutionTests
{
    /// <summary>Height, width, channels, filters, kernel, stride, dilation, groups, padding.</summary>
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from shape in new (int H, int W, int C, int F, Size2D K, Size2D S, Size2D D, int G, Padding P)[]
        {
            (1, 1, 1, 1, 1, 1, 1, 1, Padding.Valid),
            (5, 7, 3, 8, 3, 1, 1, 1, Padding.Same),
            (9, 6, 4, 17, (2, 3), 1, 1, 1, Padding.Valid),
            (8, 13, 5, 33, (4, 1), 1, 1, 1, Padding.Same),
            (7, 7, 2, 31, 3, 2, 1, 1, Padding.Same),
            (8, 9, 16, 64, 3, 2, 1, 1, Padding.Valid),
            (10, 11, 3, 9, 2, 3, 1, 1, Padding.Same),
            (6, 5, 8, 16, 1, (2, 1), 1, 1, Padding.Valid),
            (9, 9, 3, 5, 3, 1, 2, 1, Padding.Same),
            (11, 8, 4, 6, (3, 2), 1, (1, 3), 1, Padding.Valid),
            (6, 6, 6, 12, 3, 1, 1, 3, Padding.Same),
            (5, 5, 7, 7, 3, 1, 1, 7, Padding.Same),
            (20, 18, 3, 16, 7, 1, 1, 1, Padding.Same),

            // By Winograd's tiles: whole ones, and those that stick out by one to three pixels, or of a kernel of 5×5 by one.
            (8, 8, 16, 16, 3, 1, 1, 1, Padding.Same),
            (13, 11, 16, 48, 3, 1, 1, 1, Padding.Same),
            (16, 13, 48, 16, 3, 1, 1, 1, Padding.Valid),
            (5, 7, 32, 80, 3, 1, 1, 1, Padding.Same),
            (9, 14, 24, 20, 3, 1, 1, 1, Padding.Same),
            (8, 8, 32, 32, 5, 1, 1, 1, Padding.Same),
            (13, 11, 16, 80, 5, 1, 1, 1, Padding.Same),
            (16, 13, 48, 32, 5, 1, 1, 1, Padding.Valid),
            (5, 7, 64, 16, 5, 1, 1, 1, Padding.Same),
        }
        select new object[] { kernels, shape.H, shape.W, shape.C, shape.F, $"{shape.K.Height} {shape.K.Width} {shape.S.Height} {shape.S.Width} {shape.D.Height} {shape.D.Width}", shape.G, shape.P };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void OutputAndGradientsAreThoseOfPlainLoops(string kernels, int height, int width, int channels, int filters, string window, int groups, Padding padding)
    {
        const int Count = 3;
        int[] w = [.. window.Split(' ').Select(int.Parse)];
        var mix = new Conv2D(channels, 1, useBias: false);
        var layer = new Conv2D(filters, (w[0], w[1]), (w[2], w[3]), padding, (w[4], w[5]), groups, biasInitializer: new GlorotUniform());
        KerasTensor input = new InputLayer([height, width, channels]).Output;
        var model = new Model(input, layer.Call(mix.Call(input)));
        TensorShape output = model.Outputs[0].Shape;

        float[] x = Random(Count * height * width * channels, 1), t = Random(Count * output.Size, 2);
        ModelWeights weights = ModelWeights.Initialize(model, 3);
        using var run = new EngineRun(model, new MeanSquaredError(), KernelSets.Get(kernels), weights);
        (float[] y, ModelWeights gradients) = run.Learn(Count, x, t);

        // The same in double precision.
        double[] wMix = [.. weights[0].Values.Select(v => (double)v)], kernel = [.. weights[1].Values.Select(v => (double)v)];
        double[] mixed = new double[x.Length], dMix = new double[wMix.Length], dMixed = new double[x.Length], dKernel = new double[kernel.Length], dBias = new double[filters];
        int pixels = Count * height * width;
        for (int p = 0; p < pixels; p++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int k = 0; k < channels; k++)
                    mixed[p * channels + c] += x[p * channels + k] * wMix[k * channels + c];
            }
        }
        double[] expected = new double[y.Length], dy = new double[y.Length];
        var slide = new Slide(layer, height, width, channels, output);
        slide.Each(Count, (i, k, o) => expected[o] += mixed[i] * kernel[k]);
        for (int o = 0; o < expected.Length; o++)
        {
            expected[o] += weights[2].Values[o % filters];
            dy[o] = 2 * (expected[o] - t[o]) / expected.Length;
            dBias[o % filters] += dy[o];
        }
        slide.Each(Count, (i, k, o) =>
        {
            dKernel[k] += mixed[i] * dy[o];
            dMixed[i] += kernel[k] * dy[o];
        });
        for (int p = 0; p < pixels; p++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int k = 0; k < channels; k++)
                    dMix[k * channels + c] += x[p * channels + k] * dMixed[p * channels + c];
            }
        }
        Near.AssertClose(expected, y, 1e-5, "output");
        Near.AssertClose(dKernel, gradients[1].Values, 1e-5, "kernel");
        Near.AssertClose(dBias, gradients[2].Values, 1e-5, "bias");
        Near.AssertClose(dMix, gradients[0].Values, 1e-5, "the layer in front");
    }

    private static float[] Random(int length, int seed)
    {
        var random = new Philox(seed);
        return [.. Enumerable.Range(0, length).Select(_ => 2 * random.NextSingle() - 1)];
    }

    /// <summary>Every product of a convolution, by its input's, kernel's and output's index.</summary>
    private sealed class Slide(Conv2D layer, int height, int width, int channels, TensorShape output)
    {
        public void Each(int count, Action<int, int, int> product)
        {
            int top = Windows.Slide(height, layer.KernelSize.Height, layer.Strides.Height, layer.DilationRate.Height, layer.Padding).Before;
            int left = Windows.Slide(width, layer.KernelSize.Width, layer.Strides.Width, layer.DilationRate.Width, layer.Padding).Before;
            int inputs = channels / layer.Groups, outputs = layer.Filters / layer.Groups;
            for (int n = 0; n < count; n++)
            {
                for (int i = 0; i < output[0]; i++)
                {
                    for (int j = 0; j < output[1]; j++)
                    {
                        for (int u = 0; u < layer.KernelSize.Height; u++)
                        {
                            for (int v = 0; v < layer.KernelSize.Width; v++)
                            {
                                int row = i * layer.Strides.Height + u * layer.DilationRate.Height - top, column = j * layer.Strides.Width + v * layer.DilationRate.Width - left;
                                if (row < 0 || row >= height || column < 0 || column >= width)
                                    continue;
                                for (int c = 0; c < inputs; c++)
                                {
                                    for (int f = 0; f < layer.Filters; f++)
                                    {
                                        product(((n * height + row) * width + column) * channels + f / outputs * inputs + c,
                                            ((u * layer.KernelSize.Width + v) * inputs + c) * layer.Filters + f, ((n * output[0] + i) * output[1] + j) * layer.Filters + f);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
