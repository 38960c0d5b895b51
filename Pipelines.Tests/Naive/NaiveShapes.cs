using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>Layers that move and merge values, by their definitions.</summary>
internal static class NaiveShapes
{
    /// <summary>Pixel (i, j) is the input's (i + rows, j + columns), 0 where there is none.</summary>
    public static double[] Shift(NaiveCall c, int rows, int columns) => c.Make((n, at) =>
    {
        int row = at[0] + rows, column = at[1] + columns;
        return row >= 0 && row < c.Shape[0] && column >= 0 && column < c.Shape[1] ? c.At(0, n, [row, column, at[2]]) : 0;
    });

    public static double[] Permute(NaiveCall c)
    {
        IReadOnlyList<int> dims = ((Permute)c.Layer).Dims;
        return c.Make((n, at) =>
        {
            int[] from = new int[at.Length];
            for (int axis = 0; axis < at.Length; axis++)
                from[dims[axis] - 1] = at[axis];
            return c.At(0, n, from);
        });
    }

    /// <summary>One value of the inputs' values at each place; axes of 1 repeat, and axes that an input lacks are its first.</summary>
    public static double[] Merge(NaiveCall c, Func<double[], double> one) => c.Make((n, at) => one([.. c.Shapes.Select((shape, i) =>
        c.At(i, n, [.. at.Skip(at.Length - shape.Rank).Select((index, axis) => shape[axis] == 1 ? 0 : index)]))]));

    public static double[] Concatenate(NaiveCall c)
    {
        int axis = ((Concatenate)c.Layer).Axis;
        axis = axis < 0 ? c.Shape.Rank + axis : axis - 1;
        return c.Make((n, at) =>
        {
            int[] from = [.. at];
            int input = 0;
            for (; from[axis] >= c.Shapes[input][axis]; input++)
                from[axis] -= c.Shapes[input][axis];
            return c.At(input, n, from);
        });
    }
}

/// <summary>Images in another size: pixel i of n shows the place (i + ½)·m/n − ½ of m.</summary>
internal static class NaiveResizing
{
    public static double[] UpSampling(NaiveCall c)
    {
        var layer = (UpSampling2D)c.Layer;
        return layer.Interpolation == Interpolation.Nearest
            ? c.Make((n, at) => c.At(0, n, [at[0] / layer.Size.Height, at[1] / layer.Size.Width, at[2]]))
            : Bilinear(c, 0, 0, c.Shape[0], c.Shape[1]);
    }

    public static double[] CenterCrop(NaiveCall c)
    {
        var layer = (CenterCrop)c.Layer;
        if (layer.Height <= c.Shape[0] && layer.Width <= c.Shape[1])
            return NaiveShapes.Shift(c, (c.Shape[0] - layer.Height) / 2, (c.Shape[1] - layer.Width) / 2);

        // The largest part of the target's proportions.
        int height = Math.Min(c.Shape[0], c.Shape[1] * layer.Height / layer.Width), width = Math.Min(c.Shape[1], c.Shape[0] * layer.Width / layer.Height);
        return Bilinear(c, (c.Shape[0] - height) / 2, (c.Shape[1] - width) / 2, height, width);
    }

    private static double[] Bilinear(NaiveCall c, int top, int left, int height, int width) => c.Make((n, at) =>
    {
        double sum = 0;
        foreach ((int row, double down) in Taps(at[0], c.Output[0], height))
        {
            foreach ((int column, double across) in Taps(at[1], c.Output[1], width))
                sum += down * across * c.At(0, n, [top + row, left + column, at[2]]);
        }
        return sum;
    });

    private static IEnumerable<(int, double)> Taps(int i, int to, int from)
    {
        double place = (i + 0.5) * from / to - 0.5, part = place - Math.Floor(place);
        yield return (Math.Clamp((int)Math.Floor(place), 0, from - 1), 1 - part);
        yield return (Math.Clamp((int)Math.Floor(place) + 1, 0, from - 1), part);
    }
}
