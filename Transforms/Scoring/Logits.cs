using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>Cuts the last activation off a model. Scores are made of logits: a probability near 1 no longer tells how large its logit was.</summary>
internal static class Logits
{
    /// <summary>The model without the sigmoid or softmax that it ends in; its weights are the model's, in the same order.</summary>
    /// <returns>The model and what was cut off; the model itself and Linear where it ends in neither.</returns>
    public static (Model Model, ActivationFunction Activation) Of(Model model)
    {
        Node last = model.Outputs[0].Node;
        switch (last.Layer)
        {
            case Dense { Activation: ActivationFunction.Sigmoid or ActivationFunction.Softmax } dense:
                var linear = new Dense(dense.Units, ActivationFunction.Linear, dense.UseBias, dense.KernelInitializer, dense.BiasInitializer, name: dense.Name);
                return (new Model(model.Inputs, [linear.Call(last.Inputs[0])], model.Name), dense.Activation);
            case Model nested when nested.Outputs.Count == 1:
                (Model inner, ActivationFunction activation) = Of(nested);
                return inner == nested ? (model, activation) : (new Model(model.Inputs, [inner.Call(last.Inputs)], model.Name), activation);
            default:
                return (model, ActivationFunction.Linear);
        }
    }
}
