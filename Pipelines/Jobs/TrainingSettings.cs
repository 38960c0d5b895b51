using ConvNets.Engines;

namespace ConvNets.Pipelines.Jobs;

/// <summary>How a command trains a model, and what it writes.</summary>
/// <param name="Model">The model.</param>
/// <param name="Epochs">How often the data are gone through.</param>
/// <param name="BatchSize">Images a step.</param>
/// <param name="Shuffle">Whether each epoch has an order of its own.</param>
/// <param name="Optimizer">How the weights follow their gradients.</param>
/// <param name="Seed">What first weights and orders are drawn from.</param>
/// <param name="Engine">What runs the model.</param>
/// <param name="SavePath">Where the trained pipeline is saved; null for nowhere.</param>
/// <param name="PlotFolder">Where the plots are written; null for nowhere.</param>
/// <param name="PlotPrefix">What their names begin with.</param>
internal sealed record TrainingSettings(CourseModel Model, int Epochs, int BatchSize, bool Shuffle, Optimizer Optimizer, long Seed, Engine Engine,
    string? SavePath = null, string? PlotFolder = null, string PlotPrefix = "")
{
    /// <summary>The course's settings of a model.</summary>
    public static TrainingSettings Of(CourseModel model) =>
        new(model, model.Epochs, model.BatchSize, model.Shuffle, Optimizer.Get("adam"), Seed: 1, Engine.Managed);
}
