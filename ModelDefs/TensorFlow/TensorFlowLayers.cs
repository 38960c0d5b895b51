namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>What describes each layer as nodes of a TensorFlow graph: one entry a layer. Nested models are not here: their layers are.</summary>
internal static class TensorFlowLayers
{
    private static readonly Dictionary<Type, Func<LayerCall, GraphOutput>> Entries = new()
    {
        [typeof(Activation)] = ElementTensorFlow.Activation,
        [typeof(ActivityRegularization)] = static call => call.Input,
        [typeof(Add)] = MergeTensorFlow.Add,
        [typeof(Average)] = MergeTensorFlow.Average,
        [typeof(AveragePooling2D)] = PoolingTensorFlow.Average,
        [typeof(BatchNormalization)] = BatchNormalizationTensorFlow.Lower,
        [typeof(CenterCrop)] = ShapeTensorFlow.CenterCrop,
        [typeof(Concatenate)] = MergeTensorFlow.Concatenate,
        [typeof(Conv2D)] = Conv2DTensorFlow.Lower,
        [typeof(Conv2DTranspose)] = Conv2DTransposeTensorFlow.Lower,
        [typeof(Cropping2D)] = ShapeTensorFlow.Cropping2D,
        [typeof(Dense)] = DenseTensorFlow.Lower,
        [typeof(DepthwiseConv2D)] = DepthwiseConv2DTensorFlow.Lower,
        [typeof(Dropout)] = DropoutTensorFlow.Dropout,
        [typeof(ELU)] = ElementTensorFlow.ELU,
        [typeof(Flatten)] = ShapeTensorFlow.Reshape,
        [typeof(GaussianNoise)] = DropoutTensorFlow.GaussianNoise,
        [typeof(GlobalAveragePooling2D)] = PoolingTensorFlow.GlobalAverage,
        [typeof(GlobalMaxPooling2D)] = PoolingTensorFlow.GlobalMax,
        [typeof(GroupNormalization)] = NormalizationTensorFlow.Group,
        [typeof(LayerNormalization)] = NormalizationTensorFlow.Layer,
        [typeof(LeakyReLU)] = ElementTensorFlow.LeakyReLU,
        [typeof(Maximum)] = MergeTensorFlow.Maximum,
        [typeof(MaxPooling2D)] = PoolingTensorFlow.Max,
        [typeof(Minimum)] = MergeTensorFlow.Minimum,
        [typeof(Multiply)] = MergeTensorFlow.Multiply,
        [typeof(Normalization)] = ElementTensorFlow.Normalization,
        [typeof(Permute)] = ShapeTensorFlow.Permute,
        [typeof(PReLU)] = ElementTensorFlow.PReLU,
        [typeof(RandomBrightness)] = RandomImageTensorFlow.Brightness,
        [typeof(RandomContrast)] = RandomImageTensorFlow.Contrast,
        [typeof(RandomFlip)] = RandomImageTensorFlow.Flip,
        [typeof(RandomRotation)] = RandomImageTensorFlow.Rotation,
        [typeof(RandomTranslation)] = RandomImageTensorFlow.Translation,
        [typeof(RandomZoom)] = RandomImageTensorFlow.Zoom,
        [typeof(ReLU)] = ElementTensorFlow.ReLU,
        [typeof(Rescaling)] = ElementTensorFlow.Rescaling,
        [typeof(Reshape)] = ShapeTensorFlow.Reshape,
        [typeof(SeparableConv2D)] = DepthwiseConv2DTensorFlow.Separable,
        [typeof(Softmax)] = ElementTensorFlow.Softmax,
        [typeof(SpatialDropout2D)] = DropoutTensorFlow.Spatial,
        [typeof(Subtract)] = MergeTensorFlow.Subtract,
        [typeof(UpSampling2D)] = ShapeTensorFlow.UpSampling2D,
        [typeof(ZeroPadding2D)] = ShapeTensorFlow.ZeroPadding2D,
    };

    /// <summary>Whether a layer's class has an entry; an <see cref="InputLayer"/> and a nested <see cref="Model"/> need none.</summary>
    public static bool Supports(Type layer) => Entries.ContainsKey(layer) || layer == typeof(InputLayer) || layer.IsAssignableTo(typeof(Model));

    /// <summary>Adds the nodes of a layer's call.</summary>
    /// <returns>The layer's output.</returns>
    /// <exception cref="ModelException">There is no entry for the layer.</exception>
    public static GraphOutput Lower(LayerCall call) => Entries.TryGetValue(call.Node.Layer.GetType(), out Func<LayerCall, GraphOutput>? lower)
        ? lower(call)
        : throw new ModelException($"{call.Node.Layer} cannot be made part of a TensorFlow graph; known are {string.Join(", ", Entries.Keys.Select(t => t.Name).Order(StringComparer.Ordinal))}.");
}
