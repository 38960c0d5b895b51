using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>What describes each layer as nodes of a TensorFlow graph: one entry a layer. Nested models are not here: their layers are.</summary>
internal static class TensorFlowLayers
{
    private static readonly Dictionary<Type, Func<LayerCall, GraphOutput>> Entries = new()
    {
        [typeof(BatchNormalization)] = BatchNormalizationTensorFlow.Lower,
        [typeof(Conv2D)] = Conv2DTensorFlow.Lower,
        [typeof(Dense)] = DenseTensorFlow.Lower,
        [typeof(Flatten)] = FlattenTensorFlow.Lower,
        [typeof(MaxPooling2D)] = MaxPooling2DTensorFlow.Lower,
        [typeof(ReLU)] = ReLUTensorFlow.Lower,
        [typeof(ZeroPadding2D)] = ZeroPadding2DTensorFlow.Lower,
    };

    /// <summary>Whether a layer's class has an entry; an <see cref="InputLayer"/> and a nested <see cref="Model"/> need none.</summary>
    public static bool Supports(Type layer) => Entries.ContainsKey(layer) || layer == typeof(InputLayer) || layer.IsAssignableTo(typeof(Model));

    /// <summary>Adds the nodes of a layer's call.</summary>
    /// <returns>The layer's output.</returns>
    /// <exception cref="ModelException">There is no entry for the layer.</exception>
    public static GraphOutput Lower(LayerCall call)
    {
        if (!Entries.TryGetValue(call.Node.Layer.GetType(), out Func<LayerCall, GraphOutput>? lower))
            throw new ModelException($"The TensorFlow engine cannot run {call.Node.Layer}; it knows {string.Join(", ", Entries.Keys.Select(t => t.Name).Order(StringComparer.Ordinal))}.");
        if (call.Node.Layer.ActivityRegularizer is not null)
            throw new ModelException($"The TensorFlow engine cannot run {call.Node.Layer} with a regularizer on its output; the managed engine can.");
        return lower(call);
    }
}
