using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>Activation functions, by their definitions.</summary>
internal static class NaiveActivations
{
    private static readonly Dictionary<ActivationFunction, Func<double, double>> Functions = new()
    {
        [ActivationFunction.Linear] = static x => x,
        [ActivationFunction.Relu] = static x => Math.Max(x, 0),
        [ActivationFunction.Sigmoid] = Sigmoid,
        [ActivationFunction.Tanh] = Math.Tanh,
        [ActivationFunction.Elu] = static x => x > 0 ? x : Math.Exp(x) - 1,
        [ActivationFunction.Celu] = static x => x > 0 ? x : Math.Exp(x) - 1,
        [ActivationFunction.Selu] = static x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)),
        [ActivationFunction.Gelu] = static x => x * (1 + Erf(x / Math.Sqrt(2))) / 2,
        [ActivationFunction.Silu] = static x => x * Sigmoid(x),
        [ActivationFunction.Softplus] = static x => Math.Log(1 + Math.Exp(x)),
        [ActivationFunction.Softsign] = static x => x / (1 + Math.Abs(x)),
        [ActivationFunction.Exponential] = Math.Exp,
        [ActivationFunction.HardSigmoid] = static x => Math.Clamp(x / 6 + 0.5, 0, 1),
        [ActivationFunction.HardSilu] = static x => x * Math.Clamp(x / 6 + 0.5, 0, 1),
        [ActivationFunction.LeakyRelu] = static x => x > 0 ? x : 0.2 * x,
        [ActivationFunction.Relu6] = static x => Math.Clamp(x, 0, 6),
        [ActivationFunction.Mish] = static x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))),
        [ActivationFunction.LogSigmoid] = static x => Math.Log(Sigmoid(x)),
        [ActivationFunction.HardTanh] = static x => Math.Clamp(x, -1, 1),
        [ActivationFunction.HardShrink] = static x => Math.Abs(x) > 0.5 ? x : 0,
        [ActivationFunction.SoftShrink] = static x => Math.Sign(x) * Math.Max(Math.Abs(x) - 0.5, 0),
        [ActivationFunction.TanhShrink] = static x => x - Math.Tanh(x),
        [ActivationFunction.Squareplus] = static x => (x + Math.Sqrt(x * x + 4)) / 2,
    };

    /// <summary>Applies a function to each value, or along the last axis of a shape.</summary>
    public static double[] Apply(ActivationFunction activation, TensorShape shape, double[] x) => activation switch
    {
        ActivationFunction.Softmax => [.. x.Chunk(shape[^1]).SelectMany(row => row.Select(v => Math.Exp(v) / row.Sum(Math.Exp)))],
        ActivationFunction.LogSoftmax => [.. x.Chunk(shape[^1]).SelectMany(row => row.Select(v => v - Math.Log(row.Sum(Math.Exp))))],
        _ => [.. x.Select(Functions[activation])],
    };

    public static double ReLU(ReLU layer, double x) => x > layer.Threshold ? Math.Min(x, layer.MaxValue ?? double.PositiveInfinity) : layer.NegativeSlope * (x - layer.Threshold);

    public static double[] PReLU(NaiveCall c)
    {
        var layer = (PReLU)c.Layer;
        int[] alphaShape = [.. c.Shape.Select((d, axis) => layer.SharedAxes.Contains(axis + 1) ? 1 : d)];
        return c.Make((n, at) =>
        {
            double x = c.At(0, n, at);
            return x > 0 ? x : x * c.Weights["alpha"][NaiveCall.Place(alphaShape, [.. at.Select((index, axis) => alphaShape[axis] == 1 ? 0 : index)])];
        });
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The error function's power series, 2/√π · Σ (−1)ⁿ x²ⁿ⁺¹ / (n!·(2n + 1)), which is exact enough for |x| below 4.</summary>
    private static double Erf(double x)
    {
        double power = x, sum = x;
        for (int n = 1; n < 100; n++)
        {
            power *= -x * x / n;
            sum += power / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
