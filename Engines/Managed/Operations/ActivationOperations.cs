using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Which operation runs each activation function.</summary>
internal static class ActivationOperations
{
    // Klambauer et al., "Self-normalizing neural networks", 2017.
    private const float SeluScale = 1.05070098f;
    private const float SeluAlpha = 1.67326324f;

    /// <summary>Makes the operation of an activation function on values of a shape; not of the linear one, which needs none.</summary>
    public static Operation Make(PlanContext context, ActivationFunction activation, IReadOnlyList<Value> inputs, Value output)
    {
        return activation switch
        {
            ActivationFunction.Relu => Of(default(ReluFunction)),
            ActivationFunction.Sigmoid => Of(default(SigmoidFunction)),
            ActivationFunction.Tanh => Of(default(TanhFunction)),
            ActivationFunction.Elu or ActivationFunction.Celu => Of(new EluFunction(1, 1)),
            ActivationFunction.Selu => Of(new EluFunction(SeluAlpha, SeluScale)),
            ActivationFunction.Gelu => Of(default(GeluFunction)),
            ActivationFunction.Silu => Of(default(SiluFunction)),
            ActivationFunction.Softplus => Of(default(SoftplusFunction)),
            ActivationFunction.Softsign => Of(default(SoftsignFunction)),
            ActivationFunction.Exponential => Of(default(ExponentialFunction)),
            ActivationFunction.HardSigmoid => Of(default(HardSigmoidFunction)),
            ActivationFunction.HardSilu => Of(default(HardSiluFunction)),
            ActivationFunction.LeakyRelu => Of(new LeakyReluFunction(0.2f)),
            ActivationFunction.Relu6 => Of(new ClampFunction(0, 6)),
            ActivationFunction.Mish => Of(default(MishFunction)),
            ActivationFunction.LogSigmoid => Of(default(LogSigmoidFunction)),
            ActivationFunction.HardTanh => Of(new ClampFunction(-1, 1)),
            ActivationFunction.HardShrink => Of(new HardShrinkFunction(0.5f)),
            ActivationFunction.SoftShrink => Of(new SoftShrinkFunction(0.5f)),
            ActivationFunction.TanhShrink => Of(default(TanhShrinkFunction)),
            ActivationFunction.Squareplus => Of(default(SquareplusFunction)),
            ActivationFunction.Softmax or ActivationFunction.LogSoftmax =>
                new SoftmaxOperation(context, output.Shape, output.Shape.Rank - 1, logarithm: activation == ActivationFunction.LogSoftmax) { Inputs = inputs, Output = output },
            _ => throw new NotSupportedException($"The managed engine does not know the activation {activation.KerasName()}."),
        };

        Operation Of<F>(F function) where F : struct, IElementFunction => new ElementOperation<F>(context, function, activation) { Inputs = inputs, Output = output };
    }
}
