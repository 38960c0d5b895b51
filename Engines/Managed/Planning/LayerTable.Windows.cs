using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <content>Convolutions, matrix products and pools.</content>
internal static partial class LayerTable
{
    private static void Conv2D(Planner plan, Node node)
    {
        var layer = (Conv2D)node.Layer;
        KerasTensor input = node.Inputs[0];
        Margins margins = default;
        if (layer.Padding == Padding.Valid && input.Node.Layer is ZeroPadding2D zeros && plan.OnlyReader(input.Node) == node)
            (margins, input) = (zeros.Padding, input.Node.Inputs[0]);
        TensorShape image = input.Shape, output = node.Outputs[0].Shape;
        (int top, int left) = Before(image, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding);
        var shape = new WindowShape(image[0], image[1], image[2], output[0], output[1], output[2], layer.KernelSize.Height, layer.KernelSize.Width, layer.Strides.Height, layer.Strides.Width,
            layer.DilationRate.Height, layer.DilationRate.Width, margins.Top + top, margins.Left + left, layer.Groups);
        bool needsInputGradient = plan.ValueOf(input).NeedsGradient;
        if (plan.NormalizedBehind(node) is { } behind && NormalizedConvolutionOperation.Suits(plan.Context, layer, shape, Pool(behind.Nodes[^1]), needsInputGradient))
        {
            plan.TakeIn(node, input, behind.Nodes, (inputs, value) =>
                NormalizedConvolutionOperation.Make(plan.Context, layer, (BatchNormalization)behind.Nodes[0].Layer, shape, Pool(behind.Nodes[^1]), behind.Relu, inputs, value));
            return;
        }
        (Node last, BatchNormalization? folded) = plan.FoldNormalization(node, layer);
        if (layer is { Groups: 1, DilationRate: (1, 1), Activation: ActivationFunction.Linear or ActivationFunction.Relu } && plan.PooledBehind(last) is { } pooling
            && SparseKernelGradient.Suits(shape, Pool(pooling.Nodes[^1])))
        {
            plan.TakeIn(node, input, pooling.Nodes, (inputs, value) =>
                new PooledConvolutionOperation(plan.Context, layer, folded, shape, Pool(pooling.Nodes[^1]), pooling.Relu || layer.Activation == ActivationFunction.Relu, needsInputGradient) { Inputs = inputs, Output = value });
            return;
        }
        plan.AddActivated(last, [plan.ValueOf(input)], layer.Activation, relu => (inputs, value) =>
            new ConvolutionOperation(plan.Context, layer, folded, shape, relu, needsInputGradient) { Inputs = inputs, Output = value });
    }

    private static void Conv2DTranspose(Planner plan, Node node)
    {
        // The convolution whose transpose this is reads the output and writes the input.
        var layer = (Conv2DTranspose)node.Layer;
        TensorShape image = node.Inputs[0].Shape, output = node.Outputs[0].Shape;
        (int top, int left) = Before(output, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding);
        var shape = new WindowShape(output[0], output[1], output[2], image[0], image[1], image[2], layer.KernelSize.Height, layer.KernelSize.Width, layer.Strides.Height, layer.Strides.Width,
            layer.DilationRate.Height, layer.DilationRate.Width, top, left, 1);
        plan.AddActivated(node, [plan.ValueOf(node.Inputs[0])], layer.Activation, _ => (inputs, value) =>
            new TransposedConvolutionOperation(plan.Context, layer, shape) { Inputs = inputs, Output = value }, fusesRelu: false);
    }

    private static void DepthwiseConv2D(Planner plan, Node node)
    {
        var layer = (DepthwiseConv2D)node.Layer;
        DepthwiseShape shape = Depthwise(node.Inputs[0].Shape, node.Outputs[0].Shape, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding, layer.DepthMultiplier);
        plan.AddActivated(node, [plan.ValueOf(node.Inputs[0])], layer.Activation, _ => (inputs, value) =>
            new DepthwiseOperation(plan.Context, layer, "kernel", "bias", shape, layer.DepthMultiplier) { Inputs = inputs, Output = value }, fusesRelu: false);
    }

    private static void SeparableConv2D(Planner plan, Node node)
    {
        var layer = (SeparableConv2D)node.Layer;
        TensorShape image = node.Inputs[0].Shape, output = node.Outputs[0].Shape, middle = [output[0], output[1], image[2] * layer.DepthMultiplier];
        DepthwiseShape depthwise = Depthwise(image, middle, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding, layer.DepthMultiplier);
        Value between = plan.Emit(node, [plan.ValueOf(node.Inputs[0])], middle, (inputs, value) =>
            new DepthwiseOperation(plan.Context, layer, "depthwise_kernel", null, depthwise, layer.DepthMultiplier) { Inputs = inputs, Output = value });
        var pointwise = new WindowShape(middle[0], middle[1], middle[2], output[0], output[1], output[2], 1, 1, 1, 1, 1, 1, 0, 0, 1);
        plan.AddActivated(node, [between], layer.Activation, relu => (inputs, value) =>
            new ConvolutionOperation(plan.Context, layer, null, pointwise, relu, between.NeedsGradient, "pointwise_kernel") { Inputs = inputs, Output = value });
    }

    private static void Dense(Planner plan, Node node)
    {
        var layer = (Dense)node.Layer;
        int width = node.Inputs[0].Shape[^1];
        plan.AddActivated(node, [plan.ValueOf(node.Inputs[0])], layer.Activation, _ => (inputs, output) =>
            new DenseOperation(plan.Context, layer, width) { Inputs = inputs, Output = output }, fusesRelu: false);
    }

    private static void GlobalAveragePooling2D(Planner plan, Node node)
    {
        TensorShape image = node.Inputs[0].Shape;
        var shape = new PoolShape(image[0], image[1], image[2], 1, 1, image[0], image[1], 1, 1, 0, 0);
        plan.Add(node, (inputs, output) => new AveragePoolingOperation(plan.Context, shape) { Inputs = inputs, Output = output });
    }

    private static void GlobalMaxPooling2D(Planner plan, Node node) =>
        plan.Add(node, (inputs, output) => new GlobalMaxPoolingOperation(plan.Context, node.Inputs[0].Shape[2]) { Inputs = inputs, Output = output });

    private static PoolShape Pool(Node node)
    {
        var layer = (Pooling2D)node.Layer;
        TensorShape image = node.Inputs[0].Shape, output = node.Outputs[0].Shape;
        (int top, int left) = Before(image, layer.PoolSize, layer.Strides, 1, layer.Padding);
        return new PoolShape(image[0], image[1], image[2], output[0], output[1], layer.PoolSize.Height, layer.PoolSize.Width, layer.Strides.Height, layer.Strides.Width, top, left);
    }

    private static DepthwiseShape Depthwise(TensorShape image, TensorShape output, Size2D kernel, Size2D strides, Size2D dilation, Padding padding, int multiplier)
    {
        (int top, int left) = Before(image, kernel, strides, dilation, padding);
        return new DepthwiseShape(image[0], image[1], image[2] * multiplier, output[0], output[1], kernel.Height, kernel.Width, strides.Height, strides.Width, dilation.Height, dilation.Width, top, left);
    }

    private static (int Top, int Left) Before(TensorShape image, Size2D window, Size2D strides, Size2D dilation, Padding padding) =>
        (Windows.Slide(image[0], window.Height, strides.Height, dilation.Height, padding).Before, Windows.Slide(image[1], window.Width, strides.Width, dilation.Width, padding).Before);
}
