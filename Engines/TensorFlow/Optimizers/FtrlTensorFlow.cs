using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>"Follow the regularized leader".</summary>
internal static class FtrlTensorFlow
{
    /// <summary>The step size, and twice what holds weights to 0.</summary>
    public static float[] Numbers(Optimizer optimizer, double learningRate, long step)
    {
        var ftrl = (Ftrl)optimizer;
        float rate = (float)learningRate;
        return [rate, 2 * ((float)ftrl.L2RegularizationStrength + (float)ftrl.Beta / (2 * rate))];
    }

    public static string[] Step(Optimizer optimizer, UpdateCall call)
    {
        var ftrl = (Ftrl)optimizer;
        GraphValue sum = call.S[0] + call.G * call.G, root = Power(sum), rate = call.Numbers[0];
        GraphValue linear = call.S[1] + call.G - (root - Power(call.S[0])) / rate * call.W;
        if (ftrl.L2ShrinkageRegularizationStrength != 0)
            linear += 2 * ftrl.L2ShrinkageRegularizationStrength * call.W;
        return call.Assign((linear.Clamp(-ftrl.L1RegularizationStrength, ftrl.L1RegularizationStrength) - linear) / (root / rate + call.Numbers[1]), sum, linear);

        GraphValue Power(GraphValue value) => ftrl.LearningRatePower == -0.5 ? value.Apply("Sqrt") : value.Apply("Pow", value.Number(-ftrl.LearningRatePower));
    }
}
