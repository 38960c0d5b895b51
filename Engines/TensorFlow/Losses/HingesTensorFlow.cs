using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Losses of margins; targets of a batch that are all 0 or 1 are taken as −1 and 1.</summary>
internal static class HingesTensorFlow
{
    public static GraphValue Plain(Loss loss, LossCall call) => Lack(call).Mean(keepAxes: false, 1);

    public static GraphValue Squared(Loss loss, LossCall call) => Lack(call).Apply("Square").Mean(keepAxes: false, 1);

    public static GraphValue Categorical(Loss loss, LossCall call)
    {
        GraphValue right = (call.Y * call.P).Sum(keepAxes: false, 1), wrong = ((1 - call.Y) * call.P).Reduce("Max", keepAxes: false, 1);
        return (wrong - right + 1).Max(0);
    }

    private static GraphValue Lack(LossCall call)
    {
        // y·(y − 1) is 0 for 0 and 1 alone.
        GraphValue others = (call.Y * (call.Y - 1)).Apply("Abs").Sum(keepAxes: false, 0, 1);
        GraphValue y = others.Is("Greater", 0).Choose(call.Y, 2 * call.Y - 1);
        return (1 - y * call.P).Max(0);
    }
}
