using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>
/// What a model predicts, computed by the layers' definitions alone: one sample at a time, in double precision, channels last, a loop for each index.
/// It shares no arithmetic with the project's own code.
/// </summary>
internal static class NaiveForward
{
    /// <summary>The outputs of one sample.</summary>
    public static double[][] Predict(Model model, ModelWeights weights, params double[][] inputs)
    {
        var byLayer = model.WeightSlots.Zip(weights).ToLookup(pair => pair.First.Layer, pair => (pair.First.Spec.Name, Values: pair.Second.Values.Select(v => (double)v).ToArray()));
        return Walk(model, inputs, layer => byLayer[layer].ToDictionary(w => w.Name, w => w.Values, StringComparer.Ordinal));
    }

    private static double[][] Walk(Model model, double[][] inputs, Func<Layer, Dictionary<string, double[]>> weights)
    {
        Dictionary<KerasTensor, double[]> values = [];
        for (int i = 0; i < inputs.Length; i++)
            values[model.Inputs[i]] = inputs[i];
        foreach (Node node in model.Nodes.Where(n => n.Layer is not InputLayer))
        {
            double[][] x = [.. node.Inputs.Select(t => values[t])];
            double[][] y = node.Layer is Model nested ? Walk(nested, x, weights) : [Layer(node.Layer, node.Inputs[0].Shape, node.Outputs[0].Shape, x[0], weights(node.Layer))];
            for (int i = 0; i < y.Length; i++)
                values[node.Outputs[i]] = y[i];
        }
        return [.. model.Outputs.Select(t => values[t])];
    }

    private static double[] Layer(Layer layer, TensorShape input, TensorShape output, double[] x, Dictionary<string, double[]> weights) => layer switch
    {
        ZeroPadding2D l => ZeroPadding(l.Padding, input, output, x),
        Conv2D l => Activate(l.Activation, output[^1], Convolution(l, input, output, x, weights)),
        MaxPooling2D l => MaxPooling(l, input, output, x),
        BatchNormalization l => Normalization(l, input, x, weights),
        ReLU l => [.. x.Select(v => v > l.Threshold ? Math.Min(v, l.MaxValue ?? double.PositiveInfinity) : l.NegativeSlope * (v - l.Threshold))],
        Flatten => x,
        Dense l => Activate(l.Activation, l.Units, DenseProduct(l.Units, input, x, weights)),
        _ => throw new NotSupportedException($"{layer}"),
    };

    private static double[] ZeroPadding(Margins margins, TensorShape input, TensorShape output, double[] x)
    {
        double[] y = new double[output.Size];
        for (int i = 0; i < input[0]; i++)
        {
            for (int j = 0; j < input[1]; j++)
            {
                for (int c = 0; c < input[2]; c++)
                    y[((i + margins.Top) * output[1] + j + margins.Left) * output[2] + c] = x[(i * input[1] + j) * input[2] + c];
            }
        }
        return y;
    }

    private static double[] Convolution(Conv2D layer, TensorShape input, TensorShape output, double[] x, Dictionary<string, double[]> weights)
    {
        double[] kernel = weights["kernel"], y = new double[output.Size];
        int perGroup = input[2] / layer.Groups, filtersPerGroup = layer.Filters / layer.Groups;
        int top = PaddingBefore(layer.Padding, input[0], layer.KernelSize.Height, layer.Strides.Height, layer.DilationRate.Height);
        int left = PaddingBefore(layer.Padding, input[1], layer.KernelSize.Width, layer.Strides.Width, layer.DilationRate.Width);
        for (int i = 0; i < output[0]; i++)
        {
            for (int j = 0; j < output[1]; j++)
            {
                for (int f = 0; f < layer.Filters; f++)
                {
                    double sum = weights.TryGetValue("bias", out double[]? bias) ? bias[f] : 0;
                    for (int u = 0; u < layer.KernelSize.Height; u++)
                    {
                        for (int v = 0; v < layer.KernelSize.Width; v++)
                        {
                            int row = i * layer.Strides.Height + u * layer.DilationRate.Height - top, column = j * layer.Strides.Width + v * layer.DilationRate.Width - left;
                            if (row < 0 || row >= input[0] || column < 0 || column >= input[1])
                                continue;
                            for (int c = 0; c < perGroup; c++)
                            {
                                int channel = f / filtersPerGroup * perGroup + c;
                                sum += x[(row * input[1] + column) * input[2] + channel] * kernel[((u * layer.KernelSize.Width + v) * perGroup + c) * layer.Filters + f];
                            }
                        }
                    }
                    y[(i * output[1] + j) * layer.Filters + f] = sum;
                }
            }
        }
        return y;
    }

    private static double[] MaxPooling(MaxPooling2D layer, TensorShape input, TensorShape output, double[] x)
    {
        double[] y = new double[output.Size];
        int top = PaddingBefore(layer.Padding, input[0], layer.PoolSize.Height, layer.Strides.Height, 1);
        int left = PaddingBefore(layer.Padding, input[1], layer.PoolSize.Width, layer.Strides.Width, 1);
        for (int i = 0; i < output[0]; i++)
        {
            for (int j = 0; j < output[1]; j++)
            {
                for (int c = 0; c < output[2]; c++)
                {
                    double greatest = double.NegativeInfinity;
                    for (int row = Math.Max(0, i * layer.Strides.Height - top); row < Math.Min(input[0], i * layer.Strides.Height - top + layer.PoolSize.Height); row++)
                    {
                        for (int column = Math.Max(0, j * layer.Strides.Width - left); column < Math.Min(input[1], j * layer.Strides.Width - left + layer.PoolSize.Width); column++)
                            greatest = Math.Max(greatest, x[(row * input[1] + column) * input[2] + c]);
                    }
                    y[(i * output[1] + j) * output[2] + c] = greatest;
                }
            }
        }
        return y;
    }

    /// <summary>TensorFlow's "same": ⌈input / stride⌉ positions, what they lack split between both sides, the odd pixel after.</summary>
    private static int PaddingBefore(Padding padding, int input, int window, int stride, int dilation)
    {
        if (padding == Padding.Valid)
            return 0;
        int lastTap = ((int)Math.Ceiling(input / (double)stride) - 1) * stride + (window - 1) * dilation;
        return Math.Max(0, lastTap + 1 - input) / 2;
    }

    private static double[] Normalization(BatchNormalization layer, TensorShape input, double[] x, Dictionary<string, double[]> weights)
    {
        int axis = layer.Axis < 0 ? input.Rank + layer.Axis : layer.Axis - 1;
        int behind = input.Skip(axis + 1).Aggregate(1, (product, d) => product * d);
        return [.. x.Select((v, i) =>
        {
            int c = i / behind % input[axis];
            double normal = (v - weights["moving_mean"][c]) / Math.Sqrt(weights["moving_variance"][c] + layer.Epsilon);
            return normal * (layer.Scale ? weights["gamma"][c] : 1) + (layer.Center ? weights["beta"][c] : 0);
        })];
    }

    private static double[] DenseProduct(int units, TensorShape input, double[] x, Dictionary<string, double[]> weights)
    {
        int inputs = input[^1];
        double[] y = new double[x.Length / inputs * units];
        for (int i = 0; i < y.Length; i++)
        {
            int row = i / units, unit = i % units;
            y[i] = weights.TryGetValue("bias", out double[]? bias) ? bias[unit] : 0;
            for (int k = 0; k < inputs; k++)
                y[i] += x[row * inputs + k] * weights["kernel"][k * units + unit];
        }
        return y;
    }

    private static double[] Activate(ActivationFunction activation, int last, double[] x) => activation switch
    {
        ActivationFunction.Linear => x,
        ActivationFunction.Relu => [.. x.Select(v => Math.Max(v, 0))],
        ActivationFunction.Sigmoid => [.. x.Select(v => 1 / (1 + Math.Exp(-v)))],
        ActivationFunction.Softmax => [.. x.Chunk(last).SelectMany(row => row.Select(v => Math.Exp(v - row.Max()) / row.Sum(w => Math.Exp(w - row.Max()))))],
        _ => throw new NotSupportedException($"{activation}"),
    };
}
