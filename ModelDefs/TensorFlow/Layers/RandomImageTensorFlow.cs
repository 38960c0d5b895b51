namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>
/// Layers that change images by chance; in inference they are not there. Each image has four numbers of its own. Turned, moved and scaled images go through
/// ImageProjectiveTransformV3: output pixel (column j, row i) shows the input at (a₀j + a₁i + a₂, b₀j + b₁i + b₂).
/// </summary>
internal static class RandomImageTensorFlow
{
    public static GraphOutput Flip(LayerCall call)
    {
        FlipMode mode = ((RandomFlip)call.Node.Layer).Mode;
        return Draw(call) is not { } numbers ? call.Input : Transform(call, numbers, FillMode.Nearest, Interpolation.Nearest, 0, () =>
        {
            GraphValue sign = numbers.First.Is("LessEqual", 0.5).Choose(numbers.First.Number(-1), numbers.First.Number(1)), one = numbers.First.Number(1);
            (GraphValue columns, GraphValue rows) = (mode == FlipMode.Vertical ? one : sign, mode == FlipMode.Horizontal ? one : sign);
            return [columns, Zero(one), (1 - columns) * (0.5 * (call.InputShape[1] - 1)), Zero(one), rows, (1 - rows) * (0.5 * (call.InputShape[0] - 1))];
        });
    }

    public static GraphOutput Translation(LayerCall call)
    {
        var layer = (RandomTranslation)call.Node.Layer;
        return Affine(call, layer, numbers =>
        {
            GraphValue one = numbers.First.Number(1);
            return [one, Zero(one), -Between(layer.WidthFactor, numbers.Second) * call.InputShape[1], Zero(one), one, -Between(layer.HeightFactor, numbers.First) * call.InputShape[0]];
        });
    }

    /// <summary>Around the middle, by parts of a whole turn.</summary>
    public static GraphOutput Rotation(LayerCall call)
    {
        var layer = (RandomRotation)call.Node.Layer;
        double x = 0.5 * (call.InputShape[1] - 1), y = 0.5 * (call.InputShape[0] - 1);
        return Affine(call, layer, numbers =>
        {
            GraphValue angle = Between(layer.Factor, numbers.First) * (2 * Math.PI), cos = angle.Apply("Cos"), sin = angle.Apply("Sin");
            return [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos];
        });
    }

    /// <summary>Around the middle: so many times the rows and columns are shown.</summary>
    public static GraphOutput Zoom(LayerCall call)
    {
        var layer = (RandomZoom)call.Node.Layer;
        double x = (call.InputShape[1] - 1) / 2.0, y = (call.InputShape[0] - 1) / 2.0;
        return Affine(call, layer, numbers =>
        {
            GraphValue rows = Between(layer.HeightFactor, numbers.First) + 1, columns = layer.WidthFactor is { } factor ? Between(factor, numbers.Second) + 1 : rows;
            return [columns, Zero(rows), x * (1 - columns), Zero(rows), rows, y * (1 - rows)];
        });
    }

    public static GraphOutput Contrast(LayerCall call)
    {
        var layer = (RandomContrast)call.Node.Layer;
        return Color(call, new FactorRange(1 - layer.Factor.Lower, 1 + layer.Factor.Upper), 0, layer.ValueRange);
    }

    public static GraphOutput Brightness(LayerCall call)
    {
        var layer = (RandomBrightness)call.Node.Layer;
        double range = layer.ValueRange.Greatest - layer.ValueRange.Least;
        return Color(call, (1, 1), new FactorRange(layer.Factor.Lower * range, layer.Factor.Upper * range), layer.ValueRange);
    }

    /// <summary>(x − mean)·factor + mean + delta with an image's channels' means, cut off at the value range.</summary>
    private static GraphOutput Color(LayerCall call, FactorRange factor, FactorRange delta, (double Least, double Greatest) range)
    {
        if (Draw(call) is not { } numbers)
            return call.Input;
        GraphValue mean = call.X.Mean(keepAxes: true, 1, 2);
        return ((call.X - mean) * OfImage(Between(factor, numbers.First)) + mean + OfImage(Between(delta, numbers.Second))).Clamp(range.Least, range.Greatest);

        static GraphValue OfImage(GraphValue number) => number.Cast(DataType.Float).Reshape(-1, 1, 1, 1);
    }

    private static GraphOutput Affine(LayerCall call, RandomAffineLayer layer, Func<(GraphValue First, GraphValue Second), GraphValue[]> map) => Draw(call) is { } numbers
        ? Transform(call, numbers, layer.FillMode, layer.Interpolation, layer.FillValue, () => map(numbers))
        : call.Input;

    private static GraphOutput Transform(LayerCall call, (GraphValue First, GraphValue Second) numbers, FillMode fill, Interpolation interpolation, double fillValue, Func<GraphValue[]> map)
    {
        // (1, n) each, those that are the same for all images too; the two of a perspective are 0.
        GraphValue zeros = numbers.First * 0;
        GraphValue[] rows = [.. map().Select(value => (value + zeros).Cast(DataType.Float))], both = [.. rows, zeros.Cast(DataType.Float), zeros.Cast(DataType.Float)];
        GraphOutput transforms = call.Graph.Concatenate($"{call.Path}/transforms", 1, [.. both.Select(value => value.Output)]);
        return call.Graph.Add("ImageProjectiveTransformV3", $"{call.Path}/Transform",
            [call.Input, transforms, call.Graph.Integers($"{call.Path}/size", call.InputShape[0], call.InputShape[1]), call.Graph.Scalar($"{call.Path}/fill", (float)fillValue)], DataType.Float, [],
            ("dtype", DataType.Float), ("interpolation", interpolation == Interpolation.Nearest ? "NEAREST" : "BILINEAR"), ("fill_mode", fill.ToString().ToUpperInvariant()));
    }

    /// <summary>Two numbers in [0, 1) for each image, (n, 1) each; null in inference. They are doubles, so that maps are those of the managed engine.</summary>
    private static (GraphValue First, GraphValue Second)? Draw(LayerCall call)
    {
        if (call.Model.Random is not { } random)
            return null;
        GraphValue numbers = GraphRandom.Uniform(random.Bits(call, ((RandomLayer)call.Node.Layer).Seed, call.BatchShape(4)), DataType.Double);
        return (numbers.Slice([0, 0], [-1, 1]), numbers.Slice([0, 1], [-1, 1]));
    }

    private static GraphValue Between(FactorRange range, GraphValue number) => range.Lower + (range.Upper - range.Lower) * number;

    private static GraphValue Zero(GraphValue like) => like.Number(0);
}
