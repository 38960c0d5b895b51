using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Gradient descent, RMSprop and Lion.</summary>
internal static class SgdTensorFlow
{
    public static string[] Sgd(Optimizer optimizer, UpdateCall call)
    {
        var sgd = (Sgd)optimizer;
        GraphValue move = call.Numbers[0] * call.G;
        if (sgd.Momentum == 0)
            return call.Assign(call.W - move);
        GraphValue step = call.S[0] * sgd.Momentum - move;
        return call.Assign(call.W + (sgd.Nesterov ? step * sgd.Momentum - move : step), step);
    }

    public static string[] RMSprop(Optimizer optimizer, UpdateCall call)
    {
        var rmsprop = (RMSprop)optimizer;
        double kept = (float)rmsprop.Rho, rest = (float)(1 - rmsprop.Rho);
        var slots = new List<GraphValue> { kept * call.S[0] + rest * (call.G * call.G) };
        GraphValue variance = slots[0];
        GraphValue? mean = rmsprop.Centered ? kept * call.S[^1] + rest * call.G : null;
        if (mean is { } centre)
            variance -= centre * centre;
        GraphValue move = call.Numbers[0] * call.G / (variance + rmsprop.Epsilon).Apply("Sqrt");
        if (rmsprop.Momentum > 0)
            slots.Add(move = rmsprop.Momentum * call.S[1] + move);
        return call.Assign(call.W - move, mean is { } last ? [.. slots, last] : slots);
    }

    public static string[] Lion(Optimizer optimizer, UpdateCall call)
    {
        var lion = (Lion)optimizer;
        double b1 = (float)lion.Beta1, b2 = (float)lion.Beta2;
        GraphValue direction = b1 * call.S[0] + (1 - b1) * call.G;
        return call.Assign(call.W - call.Numbers[0] * direction.Apply("Sign"), b2 * call.S[0] + (1 - b2) * call.G);
    }
}
