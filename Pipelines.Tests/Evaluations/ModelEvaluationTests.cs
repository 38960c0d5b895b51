using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;

namespace ConvNets.Pipelines.Tests.Evaluations;

/// <summary>
/// Judges a saved model on labelled images. The run's parameters name both, and the limits (see <see cref="EvaluationParameters"/> and example.runsettings). Without
/// parameters a small model is trained, saved, and judged.
/// </summary>
[TestClass]
public sealed class ModelEvaluationTests
{
    private static IReadOnlyList<Requirement> _requirements = [];

    /// <summary>The accuracy, the loss and each class's recall. They are known once the class is initialized, hence the folding.</summary>
    public static IEnumerable<Requirement> Requirements => _requirements;

    [ClassInitialize]
    public static void Evaluate(TestContext context)
    {
        var parameters = new EvaluationParameters(context);
        using var folder = new TemporaryFolder();
        (string model, string data) = (parameters.Model, parameters.Data) switch
        {
            (null, null) => QuickModel.Train(folder),
            (string m, string d) => (m, d),
            _ => throw new InvalidOperationException("The test parameters model and data go together: expected both, or none."),
        };

        var ml = new MLContext(seed: 1);
        using StringWriter output = new();
        EvaluationReport report = ModelEvaluation.OfFile(ml, model, data, new Screen(output));
        context.WriteLine($"{model} on {data}");
        context.WriteLine(output.ToString());
        _requirements =
        [
            new("accuracy", report.Accuracy, parameters.MinimumAccuracy, IsMinimum: true),
            new("loss", report.Loss, parameters.MaximumLoss, IsMinimum: false),
            .. report.Classes.Select((name, i) => new Requirement($"recall of \"{name}\"", report.Recall[i], parameters.MinimumRecall(name), IsMinimum: true)),
        ];
    }

    [TestMethod(UnfoldingStrategy = TestDataSourceUnfoldingStrategy.Fold)]
    [DynamicData(nameof(Requirements))]
    public void TheModelMeets(Requirement requirement) => Assert.IsTrue(requirement.IsMet, requirement.ToString());
}
