using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ConvNets.Transforms;

/// <summary>Two classes: <c>Score</c> is the logit, <c>Probability</c> the sigmoid of it, <c>PredictedLabel</c> whether that is over one half.</summary>
internal sealed class BinaryTask : ScoringTask
{
    public override string Name => "BinaryClassification";

    public override ActivationFunction Activation => ActivationFunction.Sigmoid;

    public override Loss DefaultLoss => new BinaryCrossentropy();

    public override Model CourseModel(TensorShape inputShape, int classes) => Architectures.HappyModel(inputShape);

    public override int OutputSize(int classes) => 1;

    public override void RequireLabel(ColumnFacts column) => BinaryTargets.Require(column);

    public override int CountClasses(DataViewSchema.Column label) => BinaryTargets.CountClasses(label);

    public override LabelTargets CreateTargets(string columnName, int classes, IReadOnlyList<string> classNames, Loss loss) => new BinaryTargets(columnName, classNames);

    public override (ITransformer Head, float Scale, float Shift) FitHead(DataViewSchema.Column label, ScoreColumns columns)
    {
        var context = new MLContext(0);
        RowsView rows = Rows(1, 2, BooleanDataViewType.Instance, null, row => [row == 0 ? 1f : -1f], row => row == 0);
        var predictor = Predictor(context, MadeUpLabel).Fit(rows);
        ITransformer finish = Finish(context, columns).Fit(predictor.Transform(rows));
        LinearBinaryModelParameters line = predictor.Model.SubModel;
        return (new TransformerChain<ITransformer>(predictor, finish), 1 / line.Weights[0], -line.Bias / line.Weights[0]);
    }

    public override SchemaShape Promise(SchemaShape inputSchema, SchemaShape.Column label, ScoreColumns columns)
    {
        var context = new MLContext(0);
        return Finish(context, columns, MadeUpNames).GetOutputSchema(Predictor(context, MadeUpLabel).GetOutputSchema(WithMadeUpColumns(context, inputSchema)));
    }

    // One step from zero on two rows that mirror each other leads to a weight and no bias.
    private static LbfgsLogisticRegressionBinaryTrainer Predictor(MLContext context, string label) =>
        context.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
        {
            LabelColumnName = label,
            FeatureColumnName = LogitsTransformer.ColumnName,
            L1Regularization = 0,
            MaximumNumberOfIterations = 1,
            NumberOfThreads = 1,
        });
}
