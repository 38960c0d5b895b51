using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Transforms;

/// <summary>A trained network up to its logits, times a scale and plus a shift that the stock predictor behind it undoes.</summary>
/// <param name="Model">The network without its last activation.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Scale">What each logit is multiplied with.</param>
/// <param name="Shift">What is added then.</param>
/// <param name="Options">Engine and threads.</param>
internal sealed record LogitsNetwork(Model Model, ModelWeights Weights, float Scale, float Shift, CompileOptions Options)
{
    /// <summary>The shape of one row's features.</summary>
    public TensorShape InputShape => Model.Inputs[0].Shape;

    /// <summary>The number of logits.</summary>
    public int Width => Model.Outputs[0].Shape.Size;

    /// <summary>The network on its engine, for inference: optimizer and loss only fill their places.</summary>
    public CompiledModel Compile()
    {
        CompiledModel model = Model.Compile(new Sgd(), new MeanSquaredError(), options: Options);
        model.SetWeights(Weights);
        return model;
    }
}
