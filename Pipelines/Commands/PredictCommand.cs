using System.CommandLine;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>predict M.zip IMAGE… | --data F.h5 --index I</c>: what a saved model says of images.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "A saved model", HelpName = "M.zip" };
        Argument<string[]> images = new("image") { Description = "PNG, JPEG or BMP files; another size is resized to the model's", HelpName = "IMAGE…", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> data = new("--data") { Description = "Take an image of an HDF5 file instead", HelpName = "F.h5" };
        Option<int?> index = new("--index") { Description = "Which image of that file, from 0", HelpName = "I" };
        Command command = new("predict", "Show what a saved model says of images") { model, images, data, index };
        index.Require(i => i >= 0, "a whole number from 0");
        command.Validators.Add(result =>
        {
            bool hasImages = result.GetValue(images) is { Length: > 0 }, hasData = result.GetResult(data) is not null, hasIndex = result.GetResult(index) is not null;
            if (hasData != hasIndex || hasImages == hasData)
                result.AddError("Expected image files, or --data with --index.");
        });
        command.SetWork(static () => ReportJson.Default.PredictReport, (arguments, screen, _) =>
        {
            MLContext ml = ProgramContext.Create(screen);
            var predictor = new Predictor(ml, arguments.GetRequiredValue(model), screen);
            return arguments.GetValue(data) is string file
                ? predictor.Predict(file, arguments.GetValue(index)!.Value)
                : predictor.Predict(arguments.GetRequiredValue(images));
        });
        return command;
    }
}
