using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Adam and those like it.</summary>
internal static class AdamTensorFlow
{
    /// <summary>
    /// The corrected step size, and the one for ResourceApplyAdam: TensorFlow takes 1 − β₂ in single precision, 1.3e-5 off 0.001, where Keras does not. Its v is larger by the ratio of
    /// the two for the same gradients, which that rate makes up for.
    /// </summary>
    public static float[] Numbers(Optimizer optimizer, double learningRate, long step)
    {
        var adam = (Adam)optimizer;
        float rate = adam.Rate(learningRate, step);
        return [rate, (float)(rate * Math.Sqrt((1 - Math.Pow((float)adam.Beta2, step)) / (1 - Math.Pow(adam.Beta2, step))))];
    }

    public static string[] Adam(Optimizer optimizer, UpdateCall call)
    {
        var adam = (Adam)optimizer;
        if (!adam.Amsgrad && adam.WeightDecay is null)
            return [Apply(adam, call)];
        GraphValue m = Follow(call.S[0], call.G, adam.Beta1), v = Follow(call.S[1], call.G * call.G, adam.Beta2), square = adam.Amsgrad ? call.S[2].Max(v) : v;
        GraphValue weight = call.W - m * call.Numbers[0] / (square.Apply("Sqrt") + adam.Epsilon);
        return adam.Amsgrad ? call.Assign(weight, m, v, square) : call.Assign(weight, m, v);
    }

    public static float[] AdamaxNumbers(Optimizer optimizer, double learningRate, long step) => [(float)learningRate, (float)(1 - Math.Pow((float)((Adamax)optimizer).Beta1, step))];

    public static string[] Adamax(Optimizer optimizer, UpdateCall call)
    {
        var adamax = (Adamax)optimizer;
        GraphValue m = Follow(call.S[0], call.G, adamax.Beta1), u = (call.S[1] * (float)adamax.Beta2).Max(call.G.Apply("Abs"));
        return call.Assign(call.W - call.Numbers[0] * m / (call.Numbers[1] * (u + adamax.Epsilon)), m, u);
    }

    public static float[] NadamNumbers(Optimizer optimizer, double learningRate, long step)
    {
        (float ofMean, float ofGradient, float correction) = ((Nadam)optimizer).Factors(step);
        return [(float)learningRate, ofMean, ofGradient, correction];
    }

    public static string[] Nadam(Optimizer optimizer, UpdateCall call)
    {
        var nadam = (Nadam)optimizer;
        GraphValue m = Follow(call.S[0], call.G, nadam.Beta1), v = Follow(call.S[1], call.G * call.G, nadam.Beta2);
        GraphValue direction = call.Numbers[1] * m + call.Numbers[2] * call.G;
        return call.Assign(call.W - direction * call.Numbers[0] / ((v / call.Numbers[3]).Apply("Sqrt") + nadam.Epsilon), m, v);
    }

    /// <summary>old + (next − old)·(1 − kept).</summary>
    private static GraphValue Follow(GraphValue old, GraphValue next, double kept) => old + (next - old) * (1 - kept);

    /// <summary>ResourceApplyAdam. The rate that is fed in holds the corrections of both means already, with Keras's rounding; powers of 0 make TensorFlow's own correction 1.</summary>
    private static string Apply(Adam adam, UpdateCall call)
    {
        GraphValue noPower = call.W.Number(0);
        return call.W.Graph.Add("ResourceApplyAdam", $"{call.W.Path}/ResourceApplyAdam",
            [call.Variable, call.SlotVariables[0], call.SlotVariables[1], noPower, noPower, call.Numbers[1], call.W.Number(adam.Beta1), call.W.Number(adam.Beta2), call.W.Number(adam.Epsilon), call.G],
            DataType.Float, [call.W.Output.Node], ("T", DataType.Float), ("use_locking", false), ("use_nesterov", false)).Node;
    }
}
