using System.CommandLine;
using ConvNets.Data;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>train happy|signs</c>: trains a model on an HDF5 file of images, or on generated ones.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "The model", HelpName = "happy|signs" };
        model.AcceptOnlyFromAmong(CourseModel.Names);
        Option<string?> train = new("--train") { Description = "Images to train on (train_set_x, train_set_y); generated ones when left out", HelpName = "F.h5" };
        Option<string?> test = new("--test") { Description = "Images to evaluate on (test_set_x, test_set_y)", HelpName = "F.h5" };
        Option<int?> epochs = new("--epochs") { Description = "How often the images are gone through (happy 10, signs 100)", HelpName = "N" };
        Option<int?> batchSize = new("--batch-size") { Description = "Images a step (happy 16, signs 64)", HelpName = "N" };
        Option<float?> learningRate = new("--learning-rate") { Description = "The optimizer's step size (Keras's default for it, with Adam 0.001)", HelpName = "X" };
        Option<string> optimizer = new("--optimizer") { Description = $"How the weights follow their gradients: {string.Join(", ", Optimizer.Names)}", HelpName = "NAME", DefaultValueFactory = _ => "adam" };
        optimizer.AcceptOnlyFromAmong([.. Optimizer.Names]);
        Option<long> seed = new("--seed") { Description = "What first weights and orders are drawn from", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<bool> shuffle = new("--shuffle") { Description = "Go through the images in another order each epoch (happy)" };
        Option<bool> noShuffle = new("--no-shuffle") { Description = "Go through the images in their own order (signs)" };
        Option<string> engine = new("--engine") { Description = "What computes: this library's own kernels, or TensorFlow's library where it is installed", HelpName = string.Join('|', Engine.Names), DefaultValueFactory = _ => Engine.Managed.Name };
        engine.AcceptOnlyFromAmong([.. Engine.Names]);
        Option<string?> save = new("--save") { Description = "Save the trained pipeline for ML.NET", HelpName = "M.zip" };
        Option<string?> plot = new("--plot") { Description = "Write the plots of loss and accuracy to a folder", HelpName = "DIR" };

        Command command = new("train", "Train a model, show each epoch, evaluate it")
        {
            model, train, test, epochs, batchSize, learningRate, optimizer, seed, shuffle, noShuffle, engine, save, plot,
        };
        epochs.Require(n => n >= 0, "a whole number from 0");
        batchSize.Require(n => n >= 1, "a whole number from 1");
        learningRate.Require(x => x >= 0 && float.IsFinite(x), "a number from 0");
        command.Validators.Add(result =>
        {
            if (result.GetResult(train) is null != result.GetResult(test) is null)
                result.AddError("--train and --test go together: expected both or none.");
            if (result.GetValue(shuffle) && result.GetValue(noShuffle))
                result.AddError("--shuffle and --no-shuffle exclude each other.");
        });
        command.SetWork(static () => ReportJson.Default.TrainReport, (arguments, screen, cancellationToken) =>
        {
            CourseModel course = CourseModel.Find(arguments.GetRequiredValue(model))!;
            var settings = new TrainingSettings(
                course,
                arguments.GetValue(epochs) ?? course.Epochs,
                arguments.GetValue(batchSize) ?? course.BatchSize,
                arguments.GetValue(shuffle) || (course.Shuffle && !arguments.GetValue(noShuffle)),
                Optimizer.Get(arguments.GetRequiredValue(optimizer), arguments.GetValue(learningRate)),
                arguments.GetValue(seed),
                Engine.Get(arguments.GetRequiredValue(engine)),
                arguments.GetValue(save),
                arguments.GetValue(plot));
            return Train(settings, arguments.GetValue(train), arguments.GetValue(test), screen, cancellationToken);
        });
        return command;
    }

    private static TrainReport Train(TrainingSettings settings, string? trainFile, string? testFile, Screen screen, CancellationToken cancellationToken)
    {
        MLContext ml = ProgramContext.Create(screen, settings.Seed);
        ImageData train, test;
        if (trainFile is null)
        {
            screen.Line("Images: generated");
            (ImageDataset trainImages, ImageDataset testImages) = settings.Model.Generate();
            (train, test) = (ImageData.FromImages(ml, trainImages), ImageData.FromImages(ml, testImages));
        }
        else
        {
            TensorShape input = settings.Model.Create().Inputs[0].Shape;
            train = ImageData.FromHdf5(ml, trainFile, "train", input, screen, settings.Model.Classes);
            test = ImageData.FromHdf5(ml, testFile!, "test", input, screen, train.Classes);
        }
        ImageData.ShowShapes(screen, train, test, isOneHot: settings.Model.Classes is null);
        return new TrainingRun(ml, settings, screen, cancellationToken).Run(train, test);
    }
}
