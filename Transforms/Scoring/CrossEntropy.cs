using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>The loss that suits a model by what it ends in.</summary>
internal static class CrossEntropy
{
    /// <summary>Binary cross-entropy for a sigmoid or a single logit, categorical for a softmax or several.</summary>
    public static Loss Of(Model model)
    {
        ActivationFunction activation = Logits.Of(model).Activation;
        bool fromLogits = activation == ActivationFunction.Linear;
        return activation == ActivationFunction.Sigmoid || (fromLogits && model.Outputs[0].Shape.Size == 1)
            ? new BinaryCrossentropy(fromLogits)
            : new CategoricalCrossentropy(fromLogits);
    }

    /// <summary>The loss of a name; <see cref="Of"/> where the name is not one of Keras's, or does not say that the model gives logits.</summary>
    public static Loss Named(string name, Model model) => Logits.Of(model).Activation != ActivationFunction.Linear && Loss.Names.Contains(name, StringComparer.Ordinal) ? Loss.Get(name) : Of(model);
}
