using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>Normalizations and softmax, by their definitions: values that belong together are those with the same key.</summary>
internal static class NaiveNormalizations
{
    public static double[] Batch(NaiveCall c)
    {
        var layer = (BatchNormalization)c.Layer;
        int axis = Axis(layer.Axis, c.Shape);
        bool own = c.Training && layer.Trainable;
        (double Mean, double Variance)[] moments = own
            ? Moments(c, (_, at) => at[axis])
            : [.. c.X.Select((_, i) => NaiveCall.Index(c.Shape, i % c.Shape.Size)[axis]).Select(channel => (c.Weights["moving_mean"][channel], c.Weights["moving_variance"][channel]))];
        return Scaled(c, moments, layer.Epsilon, at => at[axis]);
    }

    public static double[] Layer(NaiveCall c)
    {
        var layer = (LayerNormalization)c.Layer;
        int[] axes = [.. layer.Axes.Select(axis => Axis(axis, c.Shape)).Order()];
        int[] shape = [.. axes.Select(axis => c.Shape[axis])];
        (double, double)[] moments = layer.RmsScaling
            ? [.. Moments(new NaiveCall(c.Layer, c.Count, c.Shapes, c.Output, [c.Each(x => x * x)], c.Weights, c.Training), Key).Select(m => (0.0, m.Mean))]
            : Moments(c, Key);
        return Scaled(c, moments, layer.Epsilon, at => NaiveCall.Place(shape, [.. axes.Select(axis => at[axis])]));

        int Key(int n, int[] at) => n * c.Shape.Size + NaiveCall.Place(c.Shape, [.. at.Select((index, axis) => axes.Contains(axis) ? 0 : index)]);
    }

    public static double[] Group(NaiveCall c)
    {
        var layer = (GroupNormalization)c.Layer;
        int axis = Axis(layer.Axis, c.Shape), groups = layer.Groups < 0 ? c.Shape[axis] : layer.Groups, width = c.Shape[axis] / groups;
        return Scaled(c, Moments(c, (n, at) => n * groups + at[axis] / width), layer.Epsilon, at => at[axis]);
    }

    public static double[] Statistics(NaiveCall c)
    {
        var layer = (Normalization)c.Layer;
        int[] axes = [.. layer.Axes.Select(axis => Axis(axis, c.Shape)).Order()];
        double[] mean = layer.Mean?.ToArray() ?? c.Weights["mean"], variance = layer.Variance?.ToArray() ?? c.Weights["variance"];
        return c.Make((n, at) =>
        {
            int place = NaiveCall.Place([.. axes.Select(axis => c.Shape[axis])], [.. axes.Select(axis => at[axis])]) % mean.Length;
            double x = c.At(0, n, at), deviation = Math.Sqrt(variance[place]);
            return layer.Invert ? x * deviation + mean[place] : (x - mean[place]) / Math.Max(deviation, 1e-7);
        });
    }

    public static double[] Rescaling(NaiveCall c)
    {
        var layer = (Rescaling)c.Layer;
        return c.Make((n, at) => c.At(0, n, at) * layer.Scale[at[^1] % layer.Scale.Count] + layer.Offset[at[^1] % layer.Offset.Count]);
    }

    public static double[] Softmax(NaiveCall c)
    {
        int[] axes = [.. ((Softmax)c.Layer).Axes.Select(axis => Axis(axis, c.Shape))];
        double[] exponentials = c.Each(Math.Exp);
        (double Mean, double Variance)[] moments = Moments(c with { Inputs = [exponentials] }, (n, at) => n * c.Shape.Size + NaiveCall.Place(c.Shape, [.. at.Select((index, axis) => axes.Contains(axis) ? 0 : index)]));
        int together = axes.Distinct().Aggregate(1, (product, axis) => product * c.Shape[axis]);
        return [.. exponentials.Select((e, i) => e / (moments[i].Mean * together))];
    }

    /// <summary>For each value, the mean and biased variance of those with its key.</summary>
    private static (double Mean, double Variance)[] Moments(NaiveCall c, Func<int, int[], int> key)
    {
        int[] keys = [.. c.X.Select((_, i) => key(i / c.Shape.Size, NaiveCall.Index(c.Shape, i % c.Shape.Size)))];
        var moments = keys.Zip(c.X).GroupBy(pair => pair.First, pair => pair.Second).ToDictionary(group => group.Key, group => (Mean: group.Average(), Values: group.ToArray()));
        var variances = moments.ToDictionary(m => m.Key, m => m.Value.Values.Average(x => (x - m.Value.Mean) * (x - m.Value.Mean)));
        return [.. keys.Select(k => (moments[k].Mean, variances[k]))];
    }

    private static double[] Scaled(NaiveCall c, (double Mean, double Variance)[] moments, double epsilon, Func<int[], int> place) => [.. c.X.Select((x, i) =>
    {
        int weight = place(NaiveCall.Index(c.Shape, i % c.Shape.Size));
        double normal = (x - moments[i].Mean) / Math.Sqrt(moments[i].Variance + epsilon);
        return normal * (c.Weights.TryGetValue("gamma", out double[]? gamma) ? gamma[weight] : 1) + (c.Weights.TryGetValue("beta", out double[]? beta) ? beta[weight] : 0);
    })];

    private static int Axis(int axis, TensorShape shape) => axis < 0 ? shape.Rank + axis : axis - 1;
}
