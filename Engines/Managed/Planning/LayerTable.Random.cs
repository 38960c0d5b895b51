using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <content>Random layers, which are not there in inference.</content>
internal static partial class LayerTable
{
    private static void Drop(Planner plan, Node node, double rate, IReadOnlyList<int?>? noiseShape)
    {
        long? seed = ((RandomLayer)node.Layer).Seed;
        if (noiseShape is null)
        {
            InTraining(plan, node, rate > 0, (inputs, output) => new DropoutOperation(plan.Context, rate, seed) { Inputs = inputs, Output = output });
            return;
        }
        TensorShape shape = node.Inputs[0].Shape, drawn = [.. shape.Select((d, axis) => noiseShape[axis + 1] ?? d)];
        InTraining(plan, node, rate > 0, (inputs, output) =>
            new GroupDropoutOperation(plan.Context, rate, seed, shape, drawn, eachSample: noiseShape[0] != 1) { Inputs = inputs, Output = output });
    }

    private static void GaussianNoise(Planner plan, Node node) =>
        InTraining(plan, node, ((GaussianNoise)node.Layer).Stddev > 0, (inputs, output) => new NoiseOperation(plan.Context, (GaussianNoise)node.Layer) { Inputs = inputs, Output = output });

    private static void RandomContrast(Planner plan, Node node)
    {
        var layer = (RandomContrast)node.Layer;
        var factor = new FactorRange(1 - layer.Factor.Lower, 1 + layer.Factor.Upper);
        InTraining(plan, node, true, (inputs, output) =>
            new RandomContrastOperation(plan.Context, layer.Seed, factor, layer.ValueRange, output.Shape) { Inputs = inputs, Output = output });
    }

    private static void RandomBrightness(Planner plan, Node node)
    {
        var layer = (RandomBrightness)node.Layer;
        double range = layer.ValueRange.Greatest - layer.ValueRange.Least;
        var delta = new FactorRange(layer.Factor.Lower * range, layer.Factor.Upper * range);
        InTraining(plan, node, true, (inputs, output) =>
            new RandomBrightnessOperation(plan.Context, layer.Seed, delta, layer.ValueRange) { Inputs = inputs, Output = output });
    }

    private static void RandomFlip(Planner plan, Node node)
    {
        var layer = (RandomFlip)node.Layer;
        bool columns = layer.Mode != FlipMode.Vertical, rows = layer.Mode != FlipMode.Horizontal;
        TensorShape image = node.Inputs[0].Shape;
        Affine(plan, node, layer.Seed, FillMode.Nearest, 0, Interpolation.Nearest, numbers =>
        {
            bool flips = Philox.Uniform(numbers.First) <= 0.5f;
            return AffineMap.Flip(flips && columns, flips && rows, image);
        });
    }

    private static void RandomTranslation(Planner plan, Node node)
    {
        var layer = (RandomTranslation)node.Layer;
        TensorShape image = node.Inputs[0].Shape;
        Affine(plan, node, layer, numbers => AffineMap.Translation(RandomStream.Between(layer.HeightFactor, numbers.First), RandomStream.Between(layer.WidthFactor, numbers.Second), image));
    }

    private static void RandomRotation(Planner plan, Node node)
    {
        var layer = (RandomRotation)node.Layer;
        TensorShape image = node.Inputs[0].Shape;
        Affine(plan, node, layer, numbers => AffineMap.Rotation(RandomStream.Between(layer.Factor, numbers.First), image));
    }

    private static void RandomZoom(Planner plan, Node node)
    {
        var layer = (RandomZoom)node.Layer;
        TensorShape image = node.Inputs[0].Shape;
        Affine(plan, node, layer, numbers =>
        {
            double rows = 1 + RandomStream.Between(layer.HeightFactor, numbers.First);
            return AffineMap.Zoom(rows, layer.WidthFactor is { } factor ? 1 + RandomStream.Between(factor, numbers.Second) : rows, image);
        });
    }

    private static void Affine(Planner plan, Node node, RandomAffineLayer layer, Func<RandomNumbers, AffineMap> draw) =>
        Affine(plan, node, layer.Seed, layer.FillMode, layer.FillValue, layer.Interpolation, draw);

    private static void Affine(Planner plan, Node node, long? seed, FillMode fill, double fillValue, Interpolation interpolation, Func<RandomNumbers, AffineMap> draw) =>
        InTraining(plan, node, true, (inputs, output) => new RandomAffineOperation(plan.Context, seed, fill, fillValue, interpolation, draw) { Inputs = inputs, Output = output });

    private static void InTraining(Planner plan, Node node, bool doesAnything, Func<IReadOnlyList<Value>, Value, Operation> make)
    {
        if (plan.Context.Training && doesAnything)
            plan.Add(node, make);
        else
            plan.View(node);
    }
}
