namespace ConvNets.Engines;

/// <summary>ResourceApplyGradientDescent; with momentum ResourceApplyKerasMomentum.</summary>
internal static class SgdTensorFlow
{
    public static string Update(Sgd sgd, UpdateCall call) => sgd.Momentum == 0
        ? call.Add("ResourceApplyGradientDescent", [call.Weight, call.Rate, call.Gradient])
        : call.Add("ResourceApplyKerasMomentum", [call.Weight, call.Slots[0], call.Rate, call.Gradient, call.Scalar("momentum", sgd.Momentum)], ("use_nesterov", sgd.Nesterov));
}
