using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <content>Layers that merge, move or change single values.</content>
internal static partial class LayerTable
{
    private static void Element<F>(Planner plan, Node node, F function) where F : struct, IElementFunction =>
        plan.Add(node, (inputs, output) => new ElementOperation<F>(plan.Context, function, null) { Inputs = inputs, Output = output });

    private static void ReLU(Planner plan, Node node)
    {
        var layer = (ReLU)node.Layer;
        if (Planner.IsPlain(layer))
            plan.Activate(node, plan.ValueOf(node.Inputs[0]), ActivationFunction.Relu);
        else
            Element(plan, node, new GeneralReluFunction((float?)layer.MaxValue ?? float.PositiveInfinity, (float)layer.NegativeSlope, (float)layer.Threshold));
    }

    private static void Softmax(Planner plan, Node node)
    {
        int[] axes = ((Softmax)node.Layer).SampleAxes(node.Inputs[0].Shape);
        if (axes is [int axis])
            plan.Add(node, (inputs, output) => new SoftmaxOperation(plan.Context, output.Shape, axis, logarithm: false) { Inputs = inputs, Output = output });
        else
            WithAxesLast(plan, node, axes, (value, shape) => plan.Emit(node, [value], shape, (inputs, output) =>
                new SoftmaxOperation(plan.Context, [shape.TakeLast(axes.Length).Aggregate(1, (product, d) => product * d)], 0, logarithm: false, wholeAxis: false) { Inputs = inputs, Output = output }));
    }

    private static void PReLU(Planner plan, Node node) =>
        plan.Add(node, (inputs, output) => new PReLUOperation(plan.Context, (PReLU)node.Layer, output.Shape) { Inputs = inputs, Output = output });

    private static void Normalization(Planner plan, Node node) =>
        plan.Add(node, (inputs, output) => new NormalizationOperation(plan.Context, (Normalization)node.Layer, output.Shape) { Inputs = inputs, Output = output });

    private static void Rescaling(Planner plan, Node node)
    {
        var layer = (Rescaling)node.Layer;
        if (layer is { Scale: [double scale], Offset: [double offset] })
        {
            Element(plan, node, new LinearFunction((float)scale, (float)offset));
            return;
        }
        TensorShape shape = node.Inputs[0].Shape;
        float[] factors = [.. Enumerable.Range(0, shape.Size).Select(i => (float)layer.Scale[i % shape[^1] % layer.Scale.Count])];
        float[] offsets = [.. Enumerable.Range(0, shape.Size).Select(i => (float)layer.Offset[i % shape[^1] % layer.Offset.Count])];
        plan.Add(node, (inputs, output) => new AffineOperation(plan.Context, factors, offsets) { Inputs = inputs, Output = output });
    }

    private static void Sum(Planner plan, Node node, Func<int, float> factor)
    {
        float[] factors = [.. Enumerable.Range(0, node.Inputs.Count).Select(factor)];
        Merge(plan, node, () => (inputs, output) => new WeightedSumOperation(plan.Context, factors) { Inputs = inputs, Output = output });
    }

    /// <summary>A layer that merges values of one shape: those of others are repeated first.</summary>
    private static void Merge(Planner plan, Node node, Func<Func<IReadOnlyList<Value>, Value, Operation>> make)
    {
        TensorShape shape = node.Outputs[0].Shape;
        Value[] values = [.. node.Inputs.Select(plan.ValueOf).Select(value => value.Shape.Equals(shape)
            ? value
            : plan.Emit(node, [value], shape, (inputs, output) => new BroadcastOperation(plan.Context, MergeLayer.Extended(value.Shape, shape.Rank), shape) { Inputs = inputs, Output = output }))];
        plan.Give(node, plan.Emit(node, values, shape, make()));
    }

    private static void Concatenate(Planner plan, Node node)
    {
        int axis = ((Concatenate)node.Layer).SampleAxis(node.Inputs[0].Shape);
        plan.Add(node, (inputs, output) => new ConcatenateOperation(plan.Context, axis) { Inputs = inputs, Output = output });
    }

    private static void Permute(Planner plan, Node node, int[] order) => plan.Give(node, Permuted(plan, node, plan.ValueOf(node.Inputs[0]), order));

    private static Value Permuted(Planner plan, Node node, Value value, int[] order) =>
        plan.Emit(node, [value], [.. order.Select(axis => value.Shape[axis])], (inputs, output) => new PermuteOperation(plan.Context, value.Shape, order) { Inputs = inputs, Output = output });

    private static void ZeroPadding2D(Planner plan, Node node)
    {
        // A convolution right behind takes the zeros in: see there.
        if (plan.OnlyReader(node) is { Layer: Conv2D { Padding: Padding.Valid } })
            return;
        var layer = (ZeroPadding2D)node.Layer;
        plan.Add(node, (inputs, output) => new ZeroPaddingOperation(plan.Context, layer.Padding) { Inputs = inputs, Output = output });
    }

    private static void Cropping2D(Planner plan, Node node)
    {
        Margins cropping = ((Cropping2D)node.Layer).Cropping;
        plan.Add(node, (inputs, output) => new CropOperation(plan.Context, cropping.Top, cropping.Left) { Inputs = inputs, Output = output });
    }

    private static void CenterCrop(Planner plan, Node node)
    {
        var layer = (CenterCrop)node.Layer;
        TensorShape image = node.Inputs[0].Shape;
        (int height, int width) = layer.Cut(image);
        if (height == layer.Height && width == layer.Width)
        {
            plan.Add(node, (inputs, output) => new CropOperation(plan.Context, (image[0] - height) / 2, (image[1] - width) / 2) { Inputs = inputs, Output = output });
            return;
        }
        ResizeTap[] rows = ResizeTap.Along((image[0] - height) / 2, height, layer.Height, Interpolation.Bilinear);
        ResizeTap[] columns = ResizeTap.Along((image[1] - width) / 2, width, layer.Width, Interpolation.Bilinear);
        plan.Add(node, (inputs, output) => new ResizeOperation(plan.Context, rows, columns, image[2]) { Inputs = inputs, Output = output });
    }

    private static void UpSampling2D(Planner plan, Node node)
    {
        var layer = (UpSampling2D)node.Layer;
        TensorShape image = node.Inputs[0].Shape, shape = node.Outputs[0].Shape;
        ResizeTap[] rows = ResizeTap.Along(0, image[0], shape[0], layer.Interpolation), columns = ResizeTap.Along(0, image[1], shape[1], layer.Interpolation);
        plan.Add(node, (inputs, output) => new ResizeOperation(plan.Context, rows, columns, image[2]) { Inputs = inputs, Output = output });
    }
}
