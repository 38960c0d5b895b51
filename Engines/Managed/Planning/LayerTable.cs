using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>How the managed engine runs each layer: one entry a layer.</summary>
internal static partial class LayerTable
{
    private static readonly Dictionary<Type, Action<Planner, Node>> Entries = new()
    {
        [typeof(InputLayer)] = static (_, _) => { },
        [typeof(Activation)] = static (plan, node) => plan.Activate(node, plan.ValueOf(node.Inputs[0]), ((Activation)node.Layer).Function),
        [typeof(ActivityRegularization)] = static (plan, node) => plan.View(node),
        [typeof(Add)] = static (plan, node) => Sum(plan, node, _ => 1),
        [typeof(Average)] = static (plan, node) => Sum(plan, node, _ => 1f / node.Inputs.Count),
        [typeof(AveragePooling2D)] = static (plan, node) => plan.Add(node, (inputs, output) => new AveragePoolingOperation(plan.Context, Pool(node)) { Inputs = inputs, Output = output }),
        [typeof(BatchNormalization)] = BatchNormalization,
        [typeof(CenterCrop)] = CenterCrop,
        [typeof(Concatenate)] = Concatenate,
        [typeof(Conv2D)] = Conv2D,
        [typeof(Conv2DTranspose)] = Conv2DTranspose,
        [typeof(Cropping2D)] = Cropping2D,
        [typeof(Dense)] = Dense,
        [typeof(DepthwiseConv2D)] = DepthwiseConv2D,
        [typeof(Dropout)] = static (plan, node) => Drop(plan, node, ((Dropout)node.Layer).Rate, ((Dropout)node.Layer).NoiseShape),
        [typeof(ELU)] = static (plan, node) => Element(plan, node, new EluFunction((float)((ELU)node.Layer).Alpha, 1)),
        [typeof(Flatten)] = static (plan, node) => plan.View(node),
        [typeof(GaussianNoise)] = GaussianNoise,
        [typeof(GlobalAveragePooling2D)] = GlobalAveragePooling2D,
        [typeof(GlobalMaxPooling2D)] = GlobalMaxPooling2D,
        [typeof(GroupNormalization)] = GroupNormalization,
        [typeof(LayerNormalization)] = LayerNormalization,
        [typeof(LeakyReLU)] = static (plan, node) => Element(plan, node, new LeakyReluFunction((float)((LeakyReLU)node.Layer).NegativeSlope)),
        [typeof(MaxPooling2D)] = static (plan, node) => plan.Add(node, (inputs, output) => new MaxPoolingOperation(plan.Context, Pool(node)) { Inputs = inputs, Output = output }),
        [typeof(Maximum)] = static (plan, node) => Merge(plan, node, () => (inputs, output) => new ExtremumOperation(plan.Context, greatest: true) { Inputs = inputs, Output = output }),
        [typeof(Minimum)] = static (plan, node) => Merge(plan, node, () => (inputs, output) => new ExtremumOperation(plan.Context, greatest: false) { Inputs = inputs, Output = output }),
        [typeof(Multiply)] = static (plan, node) => Merge(plan, node, () => (inputs, output) => new MultiplyOperation(plan.Context) { Inputs = inputs, Output = output }),
        [typeof(Normalization)] = Normalization,
        [typeof(PReLU)] = PReLU,
        [typeof(Permute)] = static (plan, node) => Permute(plan, node, [.. ((Permute)node.Layer).Dims.Select(d => d - 1)]),
        [typeof(RandomBrightness)] = RandomBrightness,
        [typeof(RandomContrast)] = RandomContrast,
        [typeof(RandomFlip)] = RandomFlip,
        [typeof(RandomRotation)] = RandomRotation,
        [typeof(RandomTranslation)] = RandomTranslation,
        [typeof(RandomZoom)] = RandomZoom,
        [typeof(ReLU)] = ReLU,
        [typeof(Rescaling)] = Rescaling,
        [typeof(Reshape)] = static (plan, node) => plan.View(node),
        [typeof(SeparableConv2D)] = SeparableConv2D,
        [typeof(Softmax)] = Softmax,
        [typeof(SpatialDropout2D)] = static (plan, node) => Drop(plan, node, ((SpatialDropout2D)node.Layer).Rate, [null, 1, 1, null]),
        [typeof(Subtract)] = static (plan, node) => Sum(plan, node, i => i == 0 ? 1 : -1),
        [typeof(UpSampling2D)] = UpSampling2D,
        [typeof(ZeroPadding2D)] = ZeroPadding2D,
    };

    /// <summary>Whether the engine runs a layer's class; nested models, and layers that bring their own computation, always can be.</summary>
    public static bool Supports(Type layer) => Entries.ContainsKey(layer) || layer.IsAssignableTo(typeof(Model)) || layer.IsAssignableTo(typeof(IManagedLayer));

    /// <summary>Adds the operations of a layer's call to a plan.</summary>
    /// <exception cref="ModelException">The engine does not know the layer.</exception>
    public static void Lower(Planner plan, Node node)
    {
        if (Entries.TryGetValue(node.Layer.GetType(), out Action<Planner, Node>? lower))
            lower(plan, node);
        else if (node.Layer is IManagedLayer)
            plan.Add(node, (inputs, output) => new CustomLayerOperation(plan.Context, node.Layer) { Inputs = inputs, Output = output });
        else
            throw new ModelException($"The managed engine cannot run {node.Layer}; it knows {string.Join(", ", Entries.Keys.Select(t => t.Name))}, and layers that implement {nameof(IManagedLayer)}.");
    }
}
