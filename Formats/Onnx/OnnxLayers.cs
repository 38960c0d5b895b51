using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>What writes each layer: one entry a layer. Nested models are not here; the exporter writes their layers.</summary>
internal static class OnnxLayers
{
    private static readonly Dictionary<Type, Func<OnnxCall, OnnxValue>> Exports = new()
    {
        [typeof(Activation)] = ElementOnnx.Activation,
        [typeof(ActivityRegularization)] = ElementOnnx.Nothing,
        [typeof(Add)] = MergeOnnx.Add,
        [typeof(Average)] = MergeOnnx.Average,
        [typeof(AveragePooling2D)] = PoolingOnnx.Average,
        [typeof(BatchNormalization)] = BatchNormalizationOnnx.Export,
        [typeof(CenterCrop)] = ShapeOnnx.CenterCrop,
        [typeof(Concatenate)] = MergeOnnx.Concatenate,
        [typeof(Conv2D)] = Conv2DOnnx.Export,
        [typeof(Conv2DTranspose)] = Conv2DTransposeOnnx.Export,
        [typeof(Cropping2D)] = ShapeOnnx.Cropping,
        [typeof(Dense)] = DenseOnnx.Export,
        [typeof(DepthwiseConv2D)] = DepthwiseConv2DOnnx.Export,
        [typeof(Dropout)] = ElementOnnx.Nothing,
        [typeof(ELU)] = ElementOnnx.Elu,
        [typeof(Flatten)] = FlattenOnnx.Export,
        [typeof(GaussianNoise)] = ElementOnnx.Nothing,
        [typeof(GlobalAveragePooling2D)] = PoolingOnnx.GlobalAverage,
        [typeof(GlobalMaxPooling2D)] = PoolingOnnx.GlobalMax,
        [typeof(GroupNormalization)] = NormalizationsOnnx.Group,
        [typeof(LayerNormalization)] = NormalizationsOnnx.Layer,
        [typeof(LeakyReLU)] = ElementOnnx.LeakyRelu,
        [typeof(MaxPooling2D)] = PoolingOnnx.Max,
        [typeof(Maximum)] = MergeOnnx.Maximum,
        [typeof(Minimum)] = MergeOnnx.Minimum,
        [typeof(Multiply)] = MergeOnnx.Multiply,
        [typeof(Normalization)] = NormalizationsOnnx.Statistics,
        [typeof(PReLU)] = ElementOnnx.PRelu,
        [typeof(Permute)] = ShapeOnnx.Permute,
        [typeof(RandomBrightness)] = ElementOnnx.Nothing,
        [typeof(RandomContrast)] = ElementOnnx.Nothing,
        [typeof(RandomFlip)] = ElementOnnx.Nothing,
        [typeof(RandomRotation)] = ElementOnnx.Nothing,
        [typeof(RandomTranslation)] = ElementOnnx.Nothing,
        [typeof(RandomZoom)] = ElementOnnx.Nothing,
        [typeof(ReLU)] = ReLUOnnx.Export,
        [typeof(Rescaling)] = ElementOnnx.Rescaling,
        [typeof(Reshape)] = ShapeOnnx.Reshape,
        [typeof(SeparableConv2D)] = SeparableConv2DOnnx.Export,
        [typeof(Softmax)] = NormalizationsOnnx.Softmax,
        [typeof(SpatialDropout2D)] = ElementOnnx.Nothing,
        [typeof(Subtract)] = MergeOnnx.Subtract,
        [typeof(UpSampling2D)] = ShapeOnnx.UpSampling,
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
