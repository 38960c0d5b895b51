using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Optimizers that divide by the root of gathered squares.</summary>
internal static class AdagradTensorFlow
{
    public static string[] Adagrad(Optimizer optimizer, UpdateCall call)
    {
        GraphValue sum = call.S[0] + call.G * call.G;
        return call.Assign(call.W - call.Numbers[0] * call.G / (sum + ((Adagrad)optimizer).Epsilon).Apply("Sqrt"), sum);
    }

    public static string[] Adadelta(Optimizer optimizer, UpdateCall call)
    {
        var adadelta = (Adadelta)optimizer;
        double kept = (float)adadelta.Rho, rest = (float)(1 - adadelta.Rho);
        GraphValue squares = kept * call.S[0] + rest * (call.G * call.G);
        GraphValue step = -((call.S[1] + adadelta.Epsilon).Apply("Sqrt") * call.G / (squares + adadelta.Epsilon).Apply("Sqrt"));
        return call.Assign(call.W + call.Numbers[0] * step, squares, kept * call.S[1] + rest * (step * step));
    }
}
