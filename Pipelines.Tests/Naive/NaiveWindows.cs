using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>Convolutions, matrix products and pools, by their definitions.</summary>
internal static class NaiveWindows
{
    public static double[] Convolution(NaiveCall c)
    {
        var layer = (Conv2D)c.Layer;
        double[] y = Convolve(c.Count, c.Shape, c.Output, c.X, c.Weights["kernel"], c.Weights.GetValueOrDefault("bias"), layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding, layer.Groups);
        return NaiveActivations.Apply(layer.Activation, c.Output, y);
    }

    public static double[] Depthwise(NaiveCall c)
    {
        var layer = (DepthwiseConv2D)c.Layer;
        double[] y = Convolve(c.Count, c.Shape, c.Output, c.X, c.Weights["kernel"], c.Weights.GetValueOrDefault("bias"), layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding, c.Shape[2]);
        return NaiveActivations.Apply(layer.Activation, c.Output, y);
    }

    public static double[] Separable(NaiveCall c)
    {
        var layer = (SeparableConv2D)c.Layer;
        TensorShape middle = [c.Output[0], c.Output[1], c.Shape[2] * layer.DepthMultiplier];
        double[] between = Convolve(c.Count, c.Shape, middle, c.X, c.Weights["depthwise_kernel"], null, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding, c.Shape[2]);
        double[] y = Convolve(c.Count, middle, c.Output, between, c.Weights["pointwise_kernel"], c.Weights.GetValueOrDefault("bias"), 1, 1, 1, Padding.Valid, 1);
        return NaiveActivations.Apply(layer.Activation, c.Output, y);
    }

    public static double[] Dense(NaiveCall c)
    {
        var layer = (Dense)c.Layer;
        int inputs = c.Shape[^1];
        double[] y = new double[c.Count * c.Output.Size];
        for (int i = 0; i < y.Length; i++)
        {
            int row = i / layer.Units, unit = i % layer.Units;
            y[i] = c.Weights.TryGetValue("bias", out double[]? bias) ? bias[unit] : 0;
            for (int k = 0; k < inputs; k++)
                y[i] += c.X[row * inputs + k] * c.Weights["kernel"][k * layer.Units + unit];
        }
        return NaiveActivations.Apply(layer.Activation, c.Output, y);
    }

    /// <summary>Each pixel's filters, times its values, are added to the window of the output that a convolution would have read for it.</summary>
    public static double[] Transpose(NaiveCall c)
    {
        var layer = (Conv2DTranspose)c.Layer;
        double[] kernel = c.Weights["kernel"], y = new double[c.Count * c.Output.Size];
        int top = Before(layer.Padding, c.Output[0], layer.KernelSize.Height, layer.Strides.Height, layer.DilationRate.Height);
        int left = Before(layer.Padding, c.Output[1], layer.KernelSize.Width, layer.Strides.Width, layer.DilationRate.Width);
        for (int i = 0; i < y.Length; i++)
            y[i] = c.Weights.TryGetValue("bias", out double[]? bias) ? bias[i % layer.Filters] : 0;
        for (int place = 0; place < c.X.Length; place++)
        {
            int[] at = NaiveCall.Index(c.Shape, place % c.Shape.Size);
            for (int u = 0; u < layer.KernelSize.Height; u++)
            {
                for (int v = 0; v < layer.KernelSize.Width; v++)
                {
                    int row = at[0] * layer.Strides.Height + u * layer.DilationRate.Height - top, column = at[1] * layer.Strides.Width + v * layer.DilationRate.Width - left;
                    for (int f = 0; f < layer.Filters && row >= 0 && row < c.Output[0] && column >= 0 && column < c.Output[1]; f++)
                        y[place / c.Shape.Size * c.Output.Size + (row * c.Output[1] + column) * layer.Filters + f] += c.X[place] * kernel[((u * layer.KernelSize.Width + v) * layer.Filters + f) * c.Shape[2] + at[2]];
                }
            }
        }
        return NaiveActivations.Apply(layer.Activation, c.Output, y);
    }

    /// <summary>One number of each window; padded places are left out.</summary>
    public static double[] Pool(NaiveCall c, Pooling2D layer, Func<IEnumerable<double>, double> one)
    {
        int top = Before(layer.Padding, c.Shape[0], layer.PoolSize.Height, layer.Strides.Height, 1), left = Before(layer.Padding, c.Shape[1], layer.PoolSize.Width, layer.Strides.Width, 1);
        return c.Make((n, at) =>
        {
            List<double> values = [];
            for (int u = 0; u < layer.PoolSize.Height; u++)
            {
                for (int v = 0; v < layer.PoolSize.Width; v++)
                {
                    int row = at[0] * layer.Strides.Height + u - top, column = at[1] * layer.Strides.Width + v - left;
                    if (row >= 0 && row < c.Shape[0] && column >= 0 && column < c.Shape[1])
                        values.Add(c.At(0, n, [row, column, at[2]]));
                }
            }
            return one(values);
        });
    }

    public static double[] GlobalPool(NaiveCall c, Func<IEnumerable<double>, double> one) =>
        c.Make((n, at) => one(Enumerable.Range(0, c.Shape[0] * c.Shape[1]).Select(pixel => c.X[n * c.Shape.Size + pixel * c.Shape[2] + at[^1]])));

    private static double[] Convolve(int count, TensorShape input, TensorShape output, double[] x, double[] kernel, double[]? bias, Size2D window, Size2D strides, Size2D dilation, Padding padding, int groups)
    {
        int filters = output[2], perGroup = input[2] / groups, filtersPerGroup = filters / groups;
        int top = Before(padding, input[0], window.Height, strides.Height, dilation.Height), left = Before(padding, input[1], window.Width, strides.Width, dilation.Width);
        double[] y = new double[count * output.Size];
        for (int o = 0; o < y.Length; o++)
        {
            int f = o % filters, j = o / filters % output[1], i = o / filters / output[1] % output[0], n = o / output.Size;
            double sum = bias is null ? 0 : bias[f];
            for (int u = 0; u < window.Height; u++)
            {
                for (int v = 0; v < window.Width; v++)
                {
                    int row = i * strides.Height + u * dilation.Height - top, column = j * strides.Width + v * dilation.Width - left;
                    if (row < 0 || row >= input[0] || column < 0 || column >= input[1])
                        continue;
                    for (int c = 0; c < perGroup; c++)
                    {
                        // A depthwise kernel is (…, channels, multiplier), whose order in memory is that of (…, 1, channels · multiplier).
                        sum += x[n * input.Size + (row * input[1] + column) * input[2] + f / filtersPerGroup * perGroup + c] * kernel[((u * window.Width + v) * perGroup + c) * filters + f];
                    }
                }
            }
            y[o] = sum;
        }
        return y;
    }

    /// <summary>TensorFlow's "same": ⌈input / stride⌉ positions, what they lack split between both sides, the odd pixel after.</summary>
    private static int Before(Padding padding, int input, int window, int stride, int dilation)
    {
        if (padding == Padding.Valid)
            return 0;
        int lastTap = ((int)Math.Ceiling(input / (double)stride) - 1) * stride + (window - 1) * dilation;
        return Math.Max(0, lastTap + 1 - input) / 2;
    }
}
