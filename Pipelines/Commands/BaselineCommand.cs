using System.CommandLine;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>baseline happy|signs</c>: transfer learning with Microsoft.ML.Vision on a model's images, to compare the model with.</summary>
internal static class BaselineCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "Whose images: those that the model is trained on", HelpName = "happy|signs" };
        model.AcceptOnlyFromAmong(CourseModel.Names);
        Option<string> train = new("--train") { Description = "Images to train on (train_set_x, train_set_y)", HelpName = "F.h5", Required = true };
        Option<string> test = new("--test") { Description = "Images to evaluate on (test_set_x, test_set_y)", HelpName = "F.h5", Required = true };
        Option<int?> epochs = new("--epochs") { Description = "How often the pretrained network's features are gone through (50)", HelpName = "N" };
        Option<string?> workspace = new("--workspace") { Description = "A folder that holds, or will hold, the pretrained network", HelpName = "DIR" };
        epochs.Require(n => n >= 1, "a whole number from 1");
        Command command = new("baseline", "Train Microsoft.ML.Vision's image classification on a model's images, and evaluate it (builds with -p:TensorFlowPackages=true)") { model, train, test, epochs, workspace };
        command.SetWork(static () => ReportJson.Default.BaselineReport, (arguments, screen, _) =>
        {
            MLContext ml = ProgramContext.Create(screen, seed: 1);
            TensorShape input = CourseModel.Find(arguments.GetRequiredValue(model))!.Create().Inputs[0].Shape;
            ImageData images = ImageData.FromHdf5(ml, arguments.GetRequiredValue(train), "train", input, screen), unseen = ImageData.FromHdf5(ml, arguments.GetRequiredValue(test), "test", input, screen);
            IDataView predictions = Estimator(ml, arguments.GetValue(epochs) ?? 50, arguments.GetValue(workspace)).Fit(images.View).Transform(unseen.View);
            MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(predictions);
            screen.Line($"ML.NET: MicroAccuracy {metrics.MicroAccuracy:0.0000}, MacroAccuracy {metrics.MacroAccuracy:0.0000}, LogLoss {metrics.LogLoss:0.0000}");
            screen.Output.Write(metrics.ConfusionMatrix.GetFormattedConfusionTable());
            return new BaselineReport(metrics.MicroAccuracy, metrics.LogLoss);
        });
        return command;
    }

#if TENSORFLOW_PACKAGES
    private static IEstimator<ITransformer> Estimator(MLContext ml, int epochs, string? workspace) => ml.TransferLearning(epochs, workspace);
#else
    private static IEstimator<ITransformer> Estimator(MLContext ml, int epochs, string? workspace) => throw new NotSupportedException(
        "This program was built without Microsoft.ML.Vision, on which the baseline stands; build it with -p:TensorFlowPackages=true.");
#endif
}
