using System.CommandLine;
using ConvNets.Data;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;

namespace ConvNets.Pipelines.Commands;

/// <summary>The program without a command: both models on generated images, from the data to the saved pipelines.</summary>
internal static class DemoCommand
{
    public static RootCommand Create()
    {
        Option<string> output = new("--output") { Description = "Where models and plots are written", HelpName = "DIR", DefaultValueFactory = _ => "output" };
        RootCommand root = new("Convolutional networks for ML.NET. Without a command: train both models on generated images, evaluate and save them.") { output };
        root.SetWork(static () => ReportJson.Default.DemoReport, (arguments, screen, cancellationToken) =>
        {
            string folder = arguments.GetRequiredValue(output);
            return new DemoReport(
                Show(CourseModel.Happy, "Happy House: is the face smiling?", folder, screen, cancellationToken),
                Show(CourseModel.Signs, "SIGNS: how many fingers does the hand show?", folder, screen, cancellationToken));
        });
        return root;
    }

    private static TrainReport Show(CourseModel model, string title, string folder, Screen screen, CancellationToken cancellationToken)
    {
        screen.Heading(title);
        MLContext ml = ProgramContext.Create(screen);
        (ImageDataset train, ImageDataset test) = model.Generate();
        ImageData trainData = ImageData.FromImages(ml, train), testData = ImageData.FromImages(ml, test);
        ImageData.ShowShapes(screen, trainData, testData, isOneHot: model.Classes is null);

        string label = $"{train.Labels[model.Example]}", name = train.ClassNames[(int)train.Labels[model.Example]];
        screen.Line();
        screen.Line($"Training image {model.Example}: y = {label}{(name == label ? "" : $" ({name})")}");
        screen.Picture(train.Image(model.Example), train.Height, train.Width);
        screen.Line();
        screen.Output.Write(model.Create().Summary());
        screen.Line();

        Directory.CreateDirectory(folder);
        TrainingSettings settings = TrainingSettings.Of(model) with { SavePath = Path.Combine(folder, $"{model.Name}.zip"), PlotFolder = folder, PlotPrefix = $"{model.Name}-" };
        return new TrainingRun(ml, settings, screen, cancellationToken).Run(trainData, testData);
    }
}
