namespace ConvNets.Engines;

/// <summary>ResourceApplyRMSProp, or ResourceApplyCenteredRMSProp.</summary>
internal static class RMSpropTensorFlow
{
    /// <summary>The mean square, the mean and the last step.</summary>
    public const int SlotCount = 3;

    public static string Update(RMSprop rmsprop, UpdateCall call)
    {
        GraphOutput square = call.Slots[0], mean = call.Slots[1], step = call.Slots[2];
        GraphInput[] rest = [call.Rate, call.Scalar("rho", rmsprop.Rho), call.Scalar("momentum", rmsprop.Momentum), call.Scalar("epsilon", rmsprop.Epsilon), call.Gradient];
        return rmsprop.Centered
            ? call.Add("ResourceApplyCenteredRMSProp", [call.Weight, mean, square, step, .. rest])
            : call.Add("ResourceApplyRMSProp", [call.Weight, square, step, .. rest]);
    }
}
