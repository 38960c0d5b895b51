using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <content>Normalizations: over the last axes; others are brought there and back.</content>
internal static partial class LayerTable
{
    private static void BatchNormalization(Planner plan, Node node)
    {
        var layer = (BatchNormalization)node.Layer;
        TensorShape shape = node.Inputs[0].Shape;
        int axis = layer.SampleAxis(shape);
        if (axis != shape.Rank - 1)
        {
            WithAxesLast(plan, node, [axis], (value, result) => plan.Emit(node, [value], result, (inputs, output) =>
                new BatchNormalizationOperation(plan.Context, layer, shape[axis], relu: false, shape.Size / shape[axis]) { Inputs = inputs, Output = output }));
            return;
        }
        if (plan.PooledBehind(node) is { } pooling && plan.OnlyReader(node.Inputs[0].Node) == node && plan.IsPlainConvolution(node.Inputs[0]))
        {
            plan.TakeIn(node, node.Inputs[0], pooling.Nodes, (inputs, value) =>
            {
                var operation = new NormalizedPoolingOperation(plan.Context, layer, Pool(pooling.Nodes[^1]), pooling.Relu) { Inputs = inputs, Output = value };
                operation.OfferInputGradient();
                return operation;
            });
            return;
        }
        plan.AddActivated(node, [plan.ValueOf(node.Inputs[0])], ActivationFunction.Linear, relu => (inputs, value) =>
            new BatchNormalizationOperation(plan.Context, layer, shape[axis], relu, shape.Size / shape[axis]) { Inputs = inputs, Output = value });
    }

    private static void GroupNormalization(Planner plan, Node node)
    {
        var layer = (GroupNormalization)node.Layer;
        int axis = layer.SampleAxis(node.Inputs[0].Shape);
        WithAxesLast(plan, node, [axis], (value, shape) => plan.Emit(node, [value], shape, (inputs, output) =>
            new GroupNormalizationOperation(plan.Context, layer, shape[^1]) { Inputs = inputs, Output = output }));
    }

    private static void LayerNormalization(Planner plan, Node node)
    {
        var layer = (LayerNormalization)node.Layer;
        int[] axes = layer.SampleAxes(node.Inputs[0].Shape);
        WithAxesLast(plan, node, axes, (value, shape) => plan.Emit(node, [value], shape, (inputs, output) =>
            new LayerNormalizationOperation(plan.Context, layer, shape, shape.TakeLast(axes.Length).Aggregate(1, (product, d) => product * d)) { Inputs = inputs, Output = output }));
    }

    /// <summary>Runs what works on the last axes on others: brings them there, and back behind it.</summary>
    private static void WithAxesLast(Planner plan, Node node, int[] axes, Func<Value, TensorShape, Value> make)
    {
        Value value = plan.ValueOf(node.Inputs[0]);
        int[] order = AxisOrder.ToLast(value.Shape.Rank, axes);
        bool isLast = order.SequenceEqual(Enumerable.Range(0, order.Length));
        if (!isLast)
            value = Permuted(plan, node, value, order);
        value = make(value, value.Shape);
        plan.Give(node, isLast ? value : Permuted(plan, node, value, AxisOrder.Inverse(order)));
    }
}
