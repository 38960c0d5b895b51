using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ConvNets.Transforms;

/// <summary>Several classes: <c>Score</c> holds their probabilities, its slots bearing their names, and <c>PredictedLabel</c> the key of the likeliest.</summary>
internal sealed class MulticlassTask : ScoringTask
{
    public override string Name => "MulticlassClassification";

    public override ActivationFunction Activation => ActivationFunction.Softmax;

    public override Loss DefaultLoss => new CategoricalCrossentropy();

    public override Model CourseModel(TensorShape inputShape, int classes) => Architectures.ConvolutionalModel(inputShape, classes);

    public override int OutputSize(int classes) => classes;

    public override void RequireLabel(ColumnFacts column) => MulticlassTargets.Require(column);

    public override int CountClasses(DataViewSchema.Column label) => MulticlassTargets.CountClasses(label);

    public override LabelTargets CreateTargets(string columnName, int classes, IReadOnlyList<string> classNames, Loss loss) =>
        new MulticlassTargets(columnName, classes, classNames, classNumbers: loss.TargetShape([classes]).Size == 1);

    public override (ITransformer Head, float Scale, float Shift) FitHead(DataViewSchema.Column label, ScoreColumns columns)
    {
        var context = new MLContext(0);
        int classes = CountClasses(label);
        RowsView rows = Rows(classes, classes, new KeyDataViewType(typeof(uint), classes), KeyValues(label), row => OneHot(classes, row), row => (uint)row + 1);
        var predictor = Predictor(context, MadeUpLabel).Fit(rows);
        ITransformer finish = Finish(context, columns).Fit(predictor.Transform(rows));
        VBuffer<float>[] weights = [];
        predictor.Model.GetWeights(ref weights, out _);
        return (new TransformerChain<ITransformer>(predictor, finish), 1 / (weights[0].GetItemOrDefault(0) - weights[0].GetItemOrDefault(1)), 0);
    }

    public override SchemaShape Promise(SchemaShape inputSchema, SchemaShape.Column label, ScoreColumns columns)
    {
        var context = new MLContext(0);
        SchemaShape schema = WithMadeUpColumns(context, inputSchema);
        string key = label.IsKey ? label.Name : nameof(MadeUpColumns.ConvNetKey);
        if (!label.IsKey && label.Annotations.Any(a => a.Name == "SlotNames"))
        {
            key = nameof(MadeUpColumns.ConvNetClass);
            schema = context.Transforms.Conversion.MapValueToKey(key).GetOutputSchema(schema);
        }
        return Finish(context, columns, MadeUpNames).GetOutputSchema(Predictor(context, key).GetOutputSchema(schema));
    }

    /// <summary>What the label's keys stand for: of a one-hot vector, the names of its slots.</summary>
    private static DataViewSchema.Annotations? KeyValues(DataViewSchema.Column label)
    {
        if (label.Type is KeyDataViewType)
            return label.Annotations;
        IReadOnlyList<string> names = LabelTargets.Names(label);
        return names.Count == 0 ? null : KeyValuesAnnotation.Create(names);
    }

    private static float[] OneHot(int classes, long row)
    {
        float[] values = new float[classes];
        values[row] = 1;
        return values;
    }

    // One step from zero on the one-hot rows treats all classes alike: each weighs its own logit by the same number, every other by another, and softmax forgets
    // what all classes have in common.
    private static LbfgsMaximumEntropyMulticlassTrainer Predictor(MLContext context, string label) =>
        context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = label,
            FeatureColumnName = LogitsTransformer.ColumnName,
            L1Regularization = 0,
            MaximumNumberOfIterations = 1,
            NumberOfThreads = 1,
        });
}
