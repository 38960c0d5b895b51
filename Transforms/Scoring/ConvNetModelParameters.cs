using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>A trained network: what it is, and its weights. Immutable, and independent of the engine that runs it.</summary>
public sealed class ConvNetModelParameters
{
    /// <summary>Puts a network and its weights together.</summary>
    /// <param name="definition">A model that is built, with one input and one output.</param>
    /// <param name="weights">Its weights.</param>
    /// <exception cref="ModelException">The weights are not the model's.</exception>
    public ConvNetModelParameters(Model definition, ModelWeights weights)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(weights);
        weights.CheckFits(definition);
        (Definition, Weights) = (definition, weights);
    }

    /// <summary>The network's description: its layers, and its summary.</summary>
    public Model Definition { get; }

    /// <summary>Its weights.</summary>
    public ModelWeights Weights { get; }

    /// <summary>Makes a copy that runs by itself, without ML.NET: to predict, to evaluate, or to train on.</summary>
    /// <param name="optimizer">How the weights follow their gradients; Adam when null.</param>
    /// <param name="loss">What training makes small; the cross-entropy that suits the last layer when null.</param>
    /// <param name="metrics">What is measured besides; accuracy when null.</param>
    /// <param name="options">Engine, seed and threads.</param>
    public CompiledModel Compile(Optimizer? optimizer = null, Loss? loss = null, IReadOnlyList<string>? metrics = null, CompileOptions? options = null)
    {
        CompiledModel model = Definition.Compile(optimizer ?? new Adam(), loss ?? CrossEntropy.Of(Definition), metrics ?? ["accuracy"], options);
        model.SetWeights(Weights);
        return model;
    }
}
