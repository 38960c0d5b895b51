using System.CommandLine;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>evaluate M.zip --test F.h5</c>: how good a saved model is on labelled images.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "A saved model", HelpName = "M.zip" };
        Option<string> test = new("--test") { Description = "Images to evaluate on (test_set_x, test_set_y)", HelpName = "F.h5", Required = true };
        Command command = new("evaluate", "Show the loss, the accuracy, ML.NET's metrics and the confusion table of a saved model") { model, test };
        command.SetWork(static () => ReportJson.Default.EvaluationReport, (arguments, screen, _) =>
            ModelEvaluation.OfFile(ProgramContext.Create(screen), arguments.GetRequiredValue(model), arguments.GetRequiredValue(test), screen));
        return command;
    }
}
