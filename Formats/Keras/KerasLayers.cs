using ConvNets.ModelDefs;

namespace ConvNets.Formats.Keras;

/// <summary>Keras's layers: one entry a layer, from its configuration.</summary>
internal static class KerasLayers
{
    private static readonly Dictionary<string, Func<KerasArguments, Layer>> Entries = new(StringComparer.Ordinal)
    {
        [nameof(Activation)] = Activation,
        [nameof(ActivityRegularization)] = static a => new ActivityRegularization(a.Number("l1"), a.Number("l2"), a.Name),
        [nameof(Add)] = static a => new Add(a.Name),
        [nameof(Average)] = static a => new Average(a.Name),
        [nameof(AveragePooling2D)] = static a => new AveragePooling2D(a.Size("pool_size"), a.OptionalSize("strides"), a.Padding, a.Name),
        [nameof(BatchNormalization)] = BatchNormalization,
        [nameof(CenterCrop)] = static a => new CenterCrop(a.Integer("height"), a.Integer("width"), a.Name),
        [nameof(Concatenate)] = static a => new Concatenate((int)a.Number("axis", -1), a.Name),
        [nameof(Conv2D)] = static a => new Conv2D(a.Integer("filters"), a.Size("kernel_size"), a.OptionalSize("strides"), a.Padding, a.OptionalSize("dilation_rate"), (int)a.Number("groups", 1),
            a.Activation(), a.Flag("use_bias", true), a.Initializer("kernel_initializer"), a.Initializer("bias_initializer"), a.Regularizer("kernel_regularizer"), a.Regularizer("bias_regularizer"),
            a.Name),
        [nameof(Conv2DTranspose)] = static a => new Conv2DTranspose(a.Integer("filters"), a.Size("kernel_size"), a.OptionalSize("strides"), a.Padding, a.OptionalSize("output_padding"),
            a.OptionalSize("dilation_rate"), a.Activation(), a.Flag("use_bias", true), a.Initializer("kernel_initializer"), a.Initializer("bias_initializer"), a.Regularizer("kernel_regularizer"),
            a.Regularizer("bias_regularizer"), a.Name),
        [nameof(Cropping2D)] = static a => new Cropping2D(a.Margins("cropping"), a.Name),
        [nameof(Dense)] = static a => new Dense(a.Integer("units"), a.Activation(), a.Flag("use_bias", true), a.Initializer("kernel_initializer"), a.Initializer("bias_initializer"),
            a.Regularizer("kernel_regularizer"), a.Regularizer("bias_regularizer"), a.Name),
        [nameof(DepthwiseConv2D)] = static a => new DepthwiseConv2D(a.Size("kernel_size"), a.OptionalSize("strides"), a.Padding, (int)a.Number("depth_multiplier", 1), a.OptionalSize("dilation_rate"),
            a.Activation(), a.Flag("use_bias", true), a.Initializer("depthwise_initializer"), a.Initializer("bias_initializer"), a.Regularizer("depthwise_regularizer"),
            a.Regularizer("bias_regularizer"), a.Name),
        [nameof(Dropout)] = static a => new Dropout(a.Number("rate"), a.Dimensions("noise_shape"), a.Seed, a.Name),
        [nameof(ELU)] = static a => new ELU(a.Number("alpha", 1), a.Name),
        [nameof(Flatten)] = static a => new Flatten(a.Name),
        [nameof(GaussianNoise)] = static a => new GaussianNoise(a.Number("stddev"), a.Seed, a.Name),
        [nameof(GlobalAveragePooling2D)] = static a => new GlobalAveragePooling2D(a.Flag("keepdims", false), a.Name),
        [nameof(GlobalMaxPooling2D)] = static a => new GlobalMaxPooling2D(a.Flag("keepdims", false), a.Name),
        [nameof(GroupNormalization)] = static a => new GroupNormalization((int)a.Number("groups", 32), (int)a.Number("axis", -1), a.Number("epsilon", 0.001), a.Flag("center", true), a.Flag("scale", true),
            a.Initializer("beta_initializer"), a.Initializer("gamma_initializer"), a.Regularizer("beta_regularizer"), a.Regularizer("gamma_regularizer"), a.Name),
        [nameof(LayerNormalization)] = static a => new LayerNormalization(a.Integers("axis"), a.Number("epsilon", 0.001), a.Flag("center", true), a.Flag("scale", true), a.Flag("rms_scaling", false),
            a.Initializer("beta_initializer"), a.Initializer("gamma_initializer"), a.Regularizer("beta_regularizer"), a.Regularizer("gamma_regularizer"), a.Name),
        [nameof(LeakyReLU)] = static a => new LeakyReLU(a.Number("negative_slope", 0.3), a.Name),
        [nameof(MaxPooling2D)] = static a => new MaxPooling2D(a.Size("pool_size"), a.OptionalSize("strides"), a.Padding, a.Name),
        [nameof(Maximum)] = static a => new Maximum(a.Name),
        [nameof(Minimum)] = static a => new Minimum(a.Name),
        [nameof(Multiply)] = static a => new Multiply(a.Name),
        [nameof(Normalization)] = static a => new Normalization(a.Integers("axis"), a.Statistics("mean"), a.Statistics("variance"), a.Flag("invert", false), a.Name),
        [nameof(PReLU)] = static a => new PReLU(a.Initializer("alpha_initializer"), a.Regularizer("alpha_regularizer"), a.Integers("shared_axes"), a.Name),
        [nameof(Permute)] = static a => new Permute(a.Integers("dims"), a.Name),
        [nameof(RandomBrightness)] = static a => new RandomBrightness(a.Range("factor"), a.ValueRange, a.Seed, a.Name),
        [nameof(RandomContrast)] = static a => new RandomContrast(a.Range("factor"), a.ValueRange, a.Seed, a.Name),
        [nameof(RandomFlip)] = static a => new RandomFlip(a.Option("mode", FlipMode.HorizontalAndVertical), a.Seed, a.Name),
        [nameof(RandomRotation)] = static a => new RandomRotation(a.Range("factor"), a.Option("fill_mode", FillMode.Reflect), a.Option("interpolation", Interpolation.Bilinear), a.Seed, a.Number("fill_value"), a.Name),
        [nameof(RandomTranslation)] = static a => new RandomTranslation(a.Range("height_factor"), a.Range("width_factor"), a.Option("fill_mode", FillMode.Reflect),
            a.Option("interpolation", Interpolation.Bilinear), a.Seed, a.Number("fill_value"), a.Name),
        [nameof(RandomZoom)] = static a => new RandomZoom(a.Range("height_factor"), a.OptionalRange("width_factor"), a.Option("fill_mode", FillMode.Reflect),
            a.Option("interpolation", Interpolation.Bilinear), a.Seed, a.Number("fill_value"), a.Name),
        [nameof(ReLU)] = static a => new ReLU(a.Numbers("max_value")?[0], a.Number("negative_slope"), a.Number("threshold"), a.Name),
        [nameof(Rescaling)] = static a => new Rescaling(a.Numbers("scale") ?? [1], a.Numbers("offset"), a.Name),
        [nameof(Reshape)] = static a => new Reshape(a.Integers("target_shape"), a.Name),
        [nameof(SeparableConv2D)] = static a => new SeparableConv2D(a.Integer("filters"), a.Size("kernel_size"), a.OptionalSize("strides"), a.Padding, a.OptionalSize("dilation_rate"),
            (int)a.Number("depth_multiplier", 1), a.Activation(), a.Flag("use_bias", true), a.Initializer("depthwise_initializer"), a.Initializer("pointwise_initializer"), a.Initializer("bias_initializer"),
            a.Regularizer("depthwise_regularizer"), a.Regularizer("pointwise_regularizer"), a.Regularizer("bias_regularizer"), a.Name),
        [nameof(Softmax)] = static a => new Softmax(a.Integers("axis"), a.Name),
        [nameof(SpatialDropout2D)] = static a => new SpatialDropout2D(a.Number("rate"), a.Seed, a.Name),
        [nameof(Subtract)] = static a => new Subtract(a.Name),
        [nameof(UpSampling2D)] = static a => new UpSampling2D(a.OptionalSize("size"), a.Option("interpolation", Interpolation.Nearest), a.Name),
        [nameof(ZeroPadding2D)] = static a => new ZeroPadding2D(a.Margins("padding"), a.Name),
    };

    /// <summary>Whether a layer's class can be read; inputs and models always can.</summary>
    public static bool Supports(Type layer) => Entries.ContainsKey(layer.Name) || layer == typeof(InputLayer) || layer.IsAssignableTo(typeof(Model));

    /// <summary>Makes a layer.</summary>
    /// <exception cref="ModelFormatException">Its class, or an argument of it, is not known here; the message names the layer.</exception>
    public static Layer Make(KerasArguments arguments, string displayName)
    {
        if (!Entries.TryGetValue(arguments.ClassName, out Func<KerasArguments, Layer>? make))
            throw new ModelFormatException($"{displayName} is of a class that is not known here. Known are {string.Join(", ", Entries.Keys.Order(StringComparer.Ordinal))}.");
        arguments.Expect("data_format", "channels_last");
        bool trainable = arguments.Flag("trainable", true);
        arguments.ExpectSinglePrecision();
        arguments.Ignore("batch_input_shape", "build_config");
        Regularizer? activityRegularizer = arguments.Regularizer("activity_regularizer");
        Layer layer;
        try
        {
            layer = make(arguments);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"{displayName} has an argument that does not suit it: {exception.Message}", exception);
        }
        layer.Trainable = trainable;
        if (activityRegularizer is not null)
            layer.ActivityRegularizer = activityRegularizer;
        arguments.ThrowIfAnyLeft();
        return layer;
    }

    private static Layer Activation(KerasArguments a)
    {
        if (a.NestedLayer("activation") is not { } layer)
            return new Activation(a.Activation(), a.Name);
        a.Ignore("name");
        return Make(layer, $"{layer.ClassName} \"{layer.Name}\"");
    }

    private static BatchNormalization BatchNormalization(KerasArguments a)
    {
        // What a renormalization would use is written even where there is none.
        a.Ignore("renorm_momentum");
        return new BatchNormalization(a.Integers("axis") is [int axis] ? axis : throw a.Unknown("axis", "one axis"), a.Number("momentum", 0.99), a.Number("epsilon", 0.001), a.Flag("center", true),
            a.Flag("scale", true), a.Initializer("beta_initializer"), a.Initializer("gamma_initializer"), a.Initializer("moving_mean_initializer"), a.Initializer("moving_variance_initializer"),
            a.Regularizer("beta_regularizer"), a.Regularizer("gamma_regularizer"), a.Name);
    }
}
