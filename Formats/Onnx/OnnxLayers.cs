using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>What writes each layer: one entry a layer. Nested models are not here; the exporter writes their layers.</summary>
internal static class OnnxLayers
{
    private static readonly Dictionary<Type, Func<OnnxCall, OnnxValue>> Exports = new()
    {
        [typeof(BatchNormalization)] = BatchNormalizationOnnx.Export,
        [typeof(Conv2D)] = Conv2DOnnx.Export,
        [typeof(Dense)] = DenseOnnx.Export,
        [typeof(Flatten)] = FlattenOnnx.Export,
        [typeof(MaxPooling2D)] = MaxPooling2DOnnx.Export,
        [typeof(ReLU)] = ReLUOnnx.Export,
        [typeof(ZeroPadding2D)] = ZeroPadding2DOnnx.Export,
    };

    /// <summary>Whether a layer's class can be written; an <see cref="InputLayer"/> and a nested <see cref="Model"/> always can.</summary>
    public static bool Supports(Type layer) => Exports.ContainsKey(layer) || layer == typeof(InputLayer) || layer.IsAssignableTo(typeof(Model));

    /// <summary>Writes one call of a layer.</summary>
    /// <exception cref="ModelFormatException">ONNX export does not know the layer.</exception>
    public static OnnxValue Export(OnnxCall call)
    {
        if (!Exports.TryGetValue(call.Node.Layer.GetType(), out Func<OnnxCall, OnnxValue>? export))
        {
            throw new ModelFormatException(
                $"{call.Node.Layer} cannot be written as ONNX; supported are {string.Join(", ", Exports.Keys.Select(t => t.Name).Order(StringComparer.Ordinal))} and nested models of these.");
        }
        return export(call);
    }
}
