using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>
/// What a model computes, by the layers' definitions alone: in double precision, channels last, a loop for each index. It shares no arithmetic with the project's own code, and is
/// what engines and exported files are held against; differences of its values are the oracle of gradients.
/// </summary>
internal static class NaiveForward
{
    private static readonly Dictionary<Type, Func<NaiveCall, double[]>> Layers = new()
    {
        [typeof(Activation)] = static c => NaiveActivations.Apply(((Activation)c.Layer).Function, c.Shape, c.X),
        [typeof(ActivityRegularization)] = static c => c.X,
        [typeof(Add)] = static c => NaiveShapes.Merge(c, values => values.Sum()),
        [typeof(Average)] = static c => NaiveShapes.Merge(c, values => values.Average()),
        [typeof(AveragePooling2D)] = static c => NaiveWindows.Pool(c, (Pooling2D)c.Layer, values => values.Average()),
        [typeof(BatchNormalization)] = NaiveNormalizations.Batch,
        [typeof(CenterCrop)] = NaiveResizing.CenterCrop,
        [typeof(Concatenate)] = NaiveShapes.Concatenate,
        [typeof(Conv2D)] = NaiveWindows.Convolution,
        [typeof(Conv2DTranspose)] = NaiveWindows.Transpose,
        [typeof(Cropping2D)] = static c => NaiveShapes.Shift(c, ((Cropping2D)c.Layer).Cropping.Top, ((Cropping2D)c.Layer).Cropping.Left),
        [typeof(Dense)] = NaiveWindows.Dense,
        [typeof(DepthwiseConv2D)] = NaiveWindows.Depthwise,
        [typeof(Dropout)] = Untouched,
        [typeof(ELU)] = static c => c.Each(x => x > 0 ? x : ((ELU)c.Layer).Alpha * (Math.Exp(x) - 1)),
        [typeof(Flatten)] = static c => c.X,
        [typeof(GaussianNoise)] = Untouched,
        [typeof(GlobalAveragePooling2D)] = static c => NaiveWindows.GlobalPool(c, values => values.Average()),
        [typeof(GlobalMaxPooling2D)] = static c => NaiveWindows.GlobalPool(c, values => values.Max()),
        [typeof(GroupNormalization)] = NaiveNormalizations.Group,
        [typeof(LayerNormalization)] = NaiveNormalizations.Layer,
        [typeof(LeakyReLU)] = static c => c.Each(x => x > 0 ? x : ((LeakyReLU)c.Layer).NegativeSlope * x),
        [typeof(MaxPooling2D)] = static c => NaiveWindows.Pool(c, (Pooling2D)c.Layer, values => values.Max()),
        [typeof(Maximum)] = static c => NaiveShapes.Merge(c, values => values.Max()),
        [typeof(Minimum)] = static c => NaiveShapes.Merge(c, values => values.Min()),
        [typeof(Multiply)] = static c => NaiveShapes.Merge(c, values => values.Aggregate(1.0, (product, x) => product * x)),
        [typeof(Normalization)] = NaiveNormalizations.Statistics,
        [typeof(PReLU)] = NaiveActivations.PReLU,
        [typeof(Permute)] = NaiveShapes.Permute,
        [typeof(RandomBrightness)] = Untouched,
        [typeof(RandomContrast)] = Untouched,
        [typeof(RandomFlip)] = Untouched,
        [typeof(RandomRotation)] = Untouched,
        [typeof(RandomTranslation)] = Untouched,
        [typeof(RandomZoom)] = Untouched,
        [typeof(ReLU)] = static c => c.Each(x => NaiveActivations.ReLU((ReLU)c.Layer, x)),
        [typeof(Rescaling)] = NaiveNormalizations.Rescaling,
        [typeof(Reshape)] = static c => c.X,
        [typeof(SeparableConv2D)] = NaiveWindows.Separable,
        [typeof(Softmax)] = NaiveNormalizations.Softmax,
        [typeof(SpatialDropout2D)] = Untouched,
        [typeof(Subtract)] = static c => NaiveShapes.Merge(c, values => values[0] - values[1]),
        [typeof(UpSampling2D)] = NaiveResizing.UpSampling,
        [typeof(ZeroPadding2D)] = static c => NaiveShapes.Shift(c, -((ZeroPadding2D)c.Layer).Padding.Top, -((ZeroPadding2D)c.Layer).Padding.Left),
    };

    /// <summary>What a model predicts from one sample.</summary>
    public static double[][] Predict(Model model, ModelWeights weights, params double[][] inputs) =>
        Run(model, [.. weights.Select(w => w.Values.Select(v => (double)v).ToArray())], 1, training: false, inputs).Outputs;

    /// <summary>The outputs of a batch, and the penalties on weights and layers' outputs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">The values of its weights, in its order.</param>
    /// <param name="count">The number of samples.</param>
    /// <param name="training">Whether normalizations use the batch's own statistics; random layers always pass on what they get.</param>
    /// <param name="inputs">The batch's samples, input by input.</param>
    public static (double[][] Outputs, double Penalty) Run(Model model, double[][] weights, int count, bool training, params double[][] inputs)
    {
        var byLayer = model.WeightSlots.Zip(weights).ToLookup(pair => pair.First.Layer, pair => (pair.First.Spec.Name, pair.Second));
        double penalty = model.WeightSlots.Zip(weights).Where(pair => pair.First.Trainable).Sum(pair => Penalty(pair.First.Spec.Regularizer, pair.Second));
        return (Walk(model, inputs), penalty);

        double[][] Walk(Model part, double[][] values)
        {
            Dictionary<KerasTensor, double[]> known = [];
            for (int i = 0; i < values.Length; i++)
                known[part.Inputs[i]] = values[i];
            foreach (Node node in part.Nodes.Where(n => n.Layer is not InputLayer))
            {
                double[][] x = [.. node.Inputs.Select(t => known[t])];
                double[][] y = node.Layer is Model nested ? Walk(nested, x) : [Layers[node.Layer.GetType()](
                    new NaiveCall(node.Layer, count, [.. node.Inputs.Select(t => t.Shape)], node.Outputs[0].Shape, x, byLayer[node.Layer].ToDictionary(w => w.Name, w => w.Second, StringComparer.Ordinal), training))];
                penalty += y.Sum(values => Penalty(node.Layer.ActivityRegularizer, values)) / count;
                for (int i = 0; i < y.Length; i++)
                    known[node.Outputs[i]] = y[i];
            }
            return [.. part.Outputs.Select(t => known[t])];
        }
    }

    private static double[] Untouched(NaiveCall call) => call.X;

    private static double Penalty(Regularizer? regularizer, double[] values) =>
        regularizer is L1L2 l ? values.Sum(v => l.L1 * Math.Abs(v) + l.L2 * v * v) : 0;
}

/// <summary>One call of a layer on a batch.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Count">The number of samples.</param>
/// <param name="Shapes">The inputs' shapes.</param>
/// <param name="Output">The output's shape.</param>
/// <param name="Inputs">The inputs' values, sample after sample.</param>
/// <param name="Weights">The weights by name.</param>
/// <param name="Training">Whether batch statistics are used.</param>
internal sealed record NaiveCall(Layer Layer, int Count, TensorShape[] Shapes, TensorShape Output, double[][] Inputs, IReadOnlyDictionary<string, double[]> Weights, bool Training)
{
    public TensorShape Shape => Shapes[0];

    public double[] X => Inputs[0];

    /// <summary>A function of each value.</summary>
    public double[] Each(Func<double, double> function) => [.. X.Select(function)];

    /// <summary>The output, value by value.</summary>
    /// <param name="value">The value of a sample at an index of the output's shape.</param>
    public double[] Make(Func<int, int[], double> value)
    {
        double[] y = new double[Count * Output.Size];
        for (int i = 0; i < y.Length; i++)
            y[i] = value(i / Output.Size, Index(Output, i % Output.Size));
        return y;
    }

    /// <summary>A value of an input.</summary>
    public double At(int input, int sample, IReadOnlyList<int> index) => Inputs[input][sample * Shapes[input].Size + Place(Shapes[input], index)];

    public static int Place(IReadOnlyList<int> shape, IReadOnlyList<int> index)
    {
        int place = 0;
        for (int axis = 0; axis < shape.Count; axis++)
            place = place * shape[axis] + index[axis];
        return place;
    }

    public static int[] Index(IReadOnlyList<int> shape, int place)
    {
        int[] index = new int[shape.Count];
        for (int axis = shape.Count - 1; axis >= 0; axis--)
            (index[axis], place) = (place % shape[axis], place / shape[axis]);
        return index;
    }
}
