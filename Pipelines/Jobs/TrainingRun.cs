using System.Diagnostics;
using ConvNets.Engines;
using ConvNets.Pipelines.Reports;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Jobs;

/// <summary>Trains a model through its ready-made pipeline, shows how it goes, evaluates it, and saves what was asked for.</summary>
internal sealed class TrainingRun(MLContext ml, TrainingSettings settings, Screen screen, CancellationToken cancellationToken)
{
    /// <exception cref="OperationCanceledException">It was interrupted; nothing is written then.</exception>
    public TrainReport Run(ImageData train, ImageData test)
    {
        using OutputFile? zip = OutputFile.Reserve(settings.SavePath);
        if (settings.PlotFolder is not null)
            Directory.CreateDirectory(settings.PlotFolder);

        ConvNetPipeline pipeline = Pipeline(settings.Model.Validate ? test.View : null);
        long start = Stopwatch.GetTimestamp();
        TransformerChain<ConvNetTransformer> model = pipeline.Fit(train.View);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        cancellationToken.ThrowIfCancellationRequested();

        ConvNetTransformer network = model.LastTransformer;
        ModelEvaluation evaluation = ModelEvaluation.Of(ml, model, network, test.View);
        evaluation.Show(screen);
        if (zip is not null)
        {
            zip.Commit(path => ml.Model.Save(model, train.View.Schema, path));
            screen.Line($"model saved: {settings.SavePath}");
        }
        if (settings.PlotFolder is not null)
        {
            foreach (string path in HistoryPlots.Save(network.History, settings.PlotFolder, settings.PlotPrefix))
                screen.Line($"plot saved: {path}");
        }
        (long total, long trainable) = ParameterCount.Of(network.Model.Definition);
        return new TrainReport(total, trainable, elapsed.TotalSeconds, network.History.ToDictionary(), evaluation.Report);
    }

    private ConvNetPipeline Pipeline(IDataView? validation)
    {
        ConvNetTrainerOptions options = settings.Model == CourseModel.Happy ? new ConvNetBinaryTrainer.Options() : new ConvNetMulticlassTrainer.Options();
        options.Epochs = settings.Epochs;
        options.BatchSize = settings.BatchSize;
        options.Shuffle = settings.Shuffle;
        options.Optimizer = settings.Optimizer;
        options.Seed = settings.Seed;
        options.Engine = settings.Engine;
        options.ValidationSet = validation;
        options.Callbacks = [new ProgressPrinter(screen.Output)];
        options.CancellationToken = cancellationToken;
        return options is ConvNetBinaryTrainer.Options binary ? HappyPipeline.Create(ml, binary) : SignsPipeline.Create(ml, (ConvNetMulticlassTrainer.Options)options);
    }
}
