using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>How the managed engine runs each layer: one entry a layer.</summary>
internal static class LayerTable
{
    private static readonly Dictionary<Type, Action<Planner, Node>> Entries = new()
    {
        [typeof(InputLayer)] = static (_, _) => { },
        [typeof(ZeroPadding2D)] = ZeroPadding2D,
        [typeof(Conv2D)] = Conv2D,
        [typeof(BatchNormalization)] = BatchNormalization,
        [typeof(ReLU)] = ReLU,
        [typeof(MaxPooling2D)] = MaxPooling2D,
        [typeof(Flatten)] = static (plan, node) => plan.View(node),
        [typeof(Dense)] = Dense,
    };

    /// <summary>Adds the operations of a layer's call to a plan.</summary>
    /// <exception cref="ModelException">The engine does not know the layer.</exception>
    public static void Lower(Planner plan, Node node)
    {
        if (!Entries.TryGetValue(node.Layer.GetType(), out Action<Planner, Node>? lower))
            throw new ModelException($"The managed engine cannot run {node.Layer}; it knows {string.Join(", ", Entries.Keys.Select(t => t.Name))}.");
        lower(plan, node);
    }

    private static void ZeroPadding2D(Planner plan, Node node)
    {
        // A convolution right behind takes the zeros in: see there.
        if (plan.OnlyReader(node) is { Layer: Conv2D { Padding: Padding.Valid } })
            return;
        var layer = (ZeroPadding2D)node.Layer;
        plan.Add(node, (inputs, output) => new ZeroPaddingOperation(plan.Context, layer.Padding) { Inputs = inputs, Output = output });
    }

    private static void Conv2D(Planner plan, Node node)
    {
        var layer = (Conv2D)node.Layer;
        KerasTensor input = node.Inputs[0];
        Margins margins = default;
        if (layer.Padding == Padding.Valid && input.Node.Layer is ZeroPadding2D zeros && plan.OnlyReader(input.Node) == node)
            (margins, input) = (zeros.Padding, input.Node.Inputs[0]);
        TensorShape image = input.Shape, output = node.Outputs[0].Shape;
        int before = Windows.Slide(image[0], layer.KernelSize.Height, layer.Strides.Height, layer.DilationRate.Height, layer.Padding).Before;
        int left = Windows.Slide(image[1], layer.KernelSize.Width, layer.Strides.Width, layer.DilationRate.Width, layer.Padding).Before;
        var shape = new WindowShape(image[0], image[1], image[2], output[0], output[1], output[2], layer.KernelSize.Height, layer.KernelSize.Width, layer.Strides.Height, layer.Strides.Width,
            layer.DilationRate.Height, layer.DilationRate.Width, margins.Top + before, margins.Left + left, layer.Groups);
        bool needsInputGradient = plan.ValueOf(input).NeedsGradient;
        (Node last, BatchNormalization? folded) = plan.FoldNormalization(node, layer);
        if (layer is { Groups: 1, DilationRate: (1, 1), Activation: ActivationFunction.Linear or ActivationFunction.Relu } && plan.PooledBehind(last) is { } pooling)
        {
            plan.TakeIn(node, input, pooling.Nodes, (inputs, value) =>
                new PooledConvolutionOperation(plan.Context, layer, folded, shape, Pool(pooling.Nodes[^1]), pooling.Relu || layer.Activation == ActivationFunction.Relu, needsInputGradient) { Inputs = inputs, Output = value });
            return;
        }
        plan.AddActivated(last, [input], layer.Activation, relu => (inputs, value) =>
            new ConvolutionOperation(plan.Context, layer, folded, shape, relu, needsInputGradient) { Inputs = inputs, Output = value });
    }

    private static void BatchNormalization(Planner plan, Node node)
    {
        var layer = (BatchNormalization)node.Layer;
        TensorShape shape = node.Inputs[0].Shape;
        int axis = layer.SampleAxis(shape), inner = shape.Skip(axis + 1).Aggregate(1, (product, d) => product * d);
        if (inner != 1)
            throw new ModelException($"{layer} normalizes axis {layer.Axis} of {shape}; the managed engine normalizes the last axis: images are (height, width, channels).");
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
        plan.AddActivated(node, node.Inputs, ActivationFunction.Linear, relu => (inputs, value) =>
            new BatchNormalizationOperation(plan.Context, layer, shape[axis], relu, shape.Size / shape[axis]) { Inputs = inputs, Output = value });
    }

    private static void ReLU(Planner plan, Node node)
    {
        var layer = (ReLU)node.Layer;
        if (Planner.IsPlain(layer))
            plan.Activate(node, plan.ValueOf(node.Inputs[0]), ActivationFunction.Relu);
        else
            plan.Add(node, (inputs, output) => new ReLUOperation(plan.Context, layer) { Inputs = inputs, Output = output });
    }

    private static void MaxPooling2D(Planner plan, Node node) =>
        plan.Add(node, (inputs, value) => new MaxPoolingOperation(plan.Context, Pool(node)) { Inputs = inputs, Output = value });

    private static PoolShape Pool(Node node)
    {
        var layer = (MaxPooling2D)node.Layer;
        TensorShape image = node.Inputs[0].Shape, output = node.Outputs[0].Shape;
        int top = Windows.Slide(image[0], layer.PoolSize.Height, layer.Strides.Height, 1, layer.Padding).Before;
        int left = Windows.Slide(image[1], layer.PoolSize.Width, layer.Strides.Width, 1, layer.Padding).Before;
        return new PoolShape(image[0], image[1], image[2], output[0], output[1], layer.PoolSize.Height, layer.PoolSize.Width, layer.Strides.Height, layer.Strides.Width, top, left);
    }

    private static void Dense(Planner plan, Node node)
    {
        var layer = (Dense)node.Layer;
        int inputs = node.Inputs[0].Shape[^1];
        plan.AddActivated(node, node.Inputs, layer.Activation, _ => (values, output) => new DenseOperation(plan.Context, layer, inputs) { Inputs = values, Output = output }, fusesRelu: false);
    }
}
