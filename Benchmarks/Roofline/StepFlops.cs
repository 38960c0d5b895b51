using ConvNets.ModelDefs;

namespace ConvNets.Benchmarks.Roofline;

/// <summary>
/// The floating-point operations of a training step as the layers are defined, whatever the engine makes of them: two for each multiply-add of a convolution's or a dense layer's forward pass,
/// as many again for the gradient of its weights, and as many for that of its input unless nothing before it learns. All else is left out: it is some hundredth.
/// </summary>
internal static class StepFlops
{
    public static double Of(Model model, int batchSize)
    {
        var learned = new HashSet<KerasTensor>();
        double flops = 0;
        foreach (Node node in model.Nodes)
        {
            bool behind = node.Inputs.Any(learned.Contains);
            flops += Forward(node) * (behind ? 3 : 2);
            if (behind || node.Layer.Weights.Any(w => w.Trainable))
                learned.UnionWith(node.Outputs);
        }
        return flops * batchSize;
    }

    private static double Forward(Node node)
    {
        if (node.Layer is not (Conv2D or Dense))
            return 0;
        TensorShape kernel = node.Layer.Weights.First(w => w.Name == "kernel").Shape, output = node.Outputs[0].Shape;
        return 2.0 * kernel.Size * (output.Size / output[^1]);
    }
}
