using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Losses of errors.</summary>
internal static class RegressionTensorFlow
{
    public static GraphValue Squared(Loss loss, LossCall call) => call.P.Apply("SquaredDifference", call.Y).Mean(keepAxes: false, 1);

    public static GraphValue Absolute(Loss loss, LossCall call) => (call.P - call.Y).Apply("Abs").Mean(keepAxes: false, 1);

    public static GraphValue AbsolutePercentage(Loss loss, LossCall call) => ((call.P - call.Y).Apply("Abs") * (100 / call.Y.Apply("Abs").Max(Loss.Epsilon))).Mean(keepAxes: false, 1);

    public static GraphValue SquaredLogarithmic(Loss loss, LossCall call) =>
        (call.P.Max(Loss.Epsilon) + 1).Apply("Log").Apply("SquaredDifference", (call.Y.Max(Loss.Epsilon) + 1).Apply("Log")).Mean(keepAxes: false, 1);

    public static GraphValue Huber(Loss loss, LossCall call)
    {
        double delta = ((Huber)loss).Delta;
        GraphValue error = call.P - call.Y, size = error.Apply("Abs");
        return size.Is("LessEqual", delta).Choose(0.5 * error.Apply("Square"), delta * size - 0.5 * delta * delta).Mean(keepAxes: false, 1);
    }

    /// <summary>e + ln(1 + e^−2e) − ln 2, which cannot overflow.</summary>
    public static GraphValue LogCosh(Loss loss, LossCall call)
    {
        GraphValue error = call.P - call.Y;
        return (error + (-2 * error).Apply("Softplus") - Math.Log(2)).Mean(keepAxes: false, 1);
    }

    public static GraphValue Poisson(Loss loss, LossCall call) => (call.P - call.Y * (call.P + Loss.Epsilon).Apply("Log")).Mean(keepAxes: false, 1);

    public static GraphValue KullbackLeibler(Loss loss, LossCall call)
    {
        GraphValue y = call.Y.Clamp(Loss.Epsilon, 1), p = call.P.Clamp(Loss.Epsilon, 1);
        return (y * (y / p).Apply("Log")).Sum(keepAxes: false, 1);
    }

    public static GraphValue Cosine(Loss loss, LossCall call)
    {
        return -(Unit(call.P) * Unit(call.Y)).Sum(keepAxes: false, 1);

        // A row shorter than 1e-7 is not made longer than that allows.
        static GraphValue Unit(GraphValue v) => v * v.Apply("Square").Sum(keepAxes: true, 1).Max((double)Loss.Epsilon * Loss.Epsilon).Apply("Rsqrt");
    }
}
