namespace ConvNets.Engines;

/// <summary>
/// ResourceApplyAdam. The rate that is fed in holds the corrections of both means already, with Keras's rounding; powers of 0 make TensorFlow's own correction 1.
/// </summary>
internal static class AdamTensorFlow
{
    /// <summary>The gradient's mean and the squared gradient's.</summary>
    public const int SlotCount = 2;

    /// <summary>
    /// The step size that is fed in. TensorFlow takes 1 − β₂ in single precision, 1.3e-5 off 0.001, where Keras does not: its v is larger by the ratio of the two for the same
    /// gradients, which the rate makes up for.
    /// </summary>
    public static float Rate(Adam adam, double learningRate, long step) =>
        (float)(adam.Rate(learningRate, step) * Math.Sqrt((1 - Math.Pow((float)adam.Beta2, step)) / (1 - Math.Pow(adam.Beta2, step))));

    public static string Update(Adam adam, UpdateCall call)
    {
        GraphOutput noPower = call.Scalar("no_power", 0);
        return call.Add("ResourceApplyAdam",
            [call.Weight, call.Slots[0], call.Slots[1], noPower, noPower, call.Rate, call.Scalar("beta_1", adam.Beta1), call.Scalar("beta_2", adam.Beta2), call.Scalar("epsilon", adam.Epsilon), call.Gradient],
            ("use_nesterov", false));
    }
}
