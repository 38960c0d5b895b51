using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Transforms;

namespace Microsoft.ML;

/// <summary>Which columns of a view a model is trained on.</summary>
public sealed record DataViewColumns
{
    /// <summary>The columns of the model's inputs, vectors of Single or Byte; <c>Features</c>.</summary>
    public IReadOnlyList<string> Features { get; init; } = ["Features"];

    /// <summary>The columns of the targets, one for each loss: vectors, numbers, Booleans, or keys (class numbers, or one-hot where the loss takes those); <c>Label</c>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["Label"];

    /// <summary>The column, of Single, of what each row counts in the losses; null for 1.</summary>
    public string? ExampleWeight { get; init; }

    /// <summary>Whether the rows are read once, into memory; true. Otherwise each epoch reads them anew, and shuffles them as far as the view can: for data larger than memory.</summary>
    public bool InMemory { get; init; } = true;
}

/// <summary>Models trained and evaluated on views without a trainer around them: any number of inputs and outputs, any loss.</summary>
public static class ConvNetDataViewExtensions
{
    /// <summary>The rows of a view as a data set for a model: to train on, or for <see cref="FitOptions.ValidationData"/>.</summary>
    /// <param name="data">The view.</param>
    /// <param name="model">The model.</param>
    /// <param name="columns">Which columns; <c>Features</c> and <c>Label</c> when null.</param>
    /// <exception cref="ColumnException">A column is absent or of another type, or a value cannot be trained on.</exception>
    /// <exception cref="TrainingException">The columns are not as many as the model's inputs and losses, or there are no rows.</exception>
    public static Dataset ToDataset(this IDataView data, CompiledModel model, DataViewColumns? columns = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(model);
        columns ??= new DataViewColumns();
        DataViewSchema.Column[] features = [.. columns.Features.Select(name => ColumnFacts.Find(data.Schema, name))];
        TensorShape[] shapes = [.. features.Select(FeatureReader.Shape)];
        if (shapes is [var only] && !model.Model.IsBuilt)
            model.Model.EnsureInput(only);
        IReadOnlyList<KerasTensor> inputs = model.Model.Inputs;
        if (shapes.Length != inputs.Count)
            throw new TrainingException($"Model \"{model.Model.DisplayName}\" has {inputs.Count} inputs; received {shapes.Length} columns of features ({string.Join(", ", columns.Features)}).");
        IReadOnlyList<OutputObjective> objectives = model.Objectives;
        if (columns.Labels.Count != objectives.Count)
            throw new TrainingException($"Model \"{model.Model.DisplayName}\" has {objectives.Count} losses; received {columns.Labels.Count} columns of labels ({string.Join(", ", columns.Labels)}).");

        // A flat vector will do for a model that says how it is to be read.
        FeatureColumn[] taken = [.. features.Select((column, i) => new FeatureColumn(column.Name, shapes[i].Size == inputs[i].Shape.Size ? inputs[i].Shape : shapes[i]))];
        LabelTargets[] targets = [.. columns.Labels.Select((name, i) => new ModelTargets(ColumnFacts.Find(data.Schema, name), objectives[i].Loss.TargetShape(model.Model.Outputs[i].Shape)))];
        if (columns.ExampleWeight is not null)
            ViewRows.RequireWeight(data.Schema, columns.ExampleWeight);
        return DataViewDataset.Create(new ViewRows(data, taken, targets, columns.ExampleWeight), columns.InMemory);
    }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The view.</param>
    /// <param name="options">How.</param>
    /// <param name="columns">Which columns; <c>Features</c> and <c>Label</c> when null.</param>
    /// <returns>The figures of each epoch.</returns>
    /// <inheritdoc cref="ToDataset"/>
    public static History Fit(this CompiledModel model, IDataView data, FitOptions? options = null, DataViewColumns? columns = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Fit(data.ToDataset(model, columns), options);
    }

    /// <summary>The loss and the metrics of the model as it is on the rows of a view.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The view.</param>
    /// <param name="columns">Which columns; <c>Features</c> and <c>Label</c> when null.</param>
    /// <param name="batchSize">Rows a step.</param>
    /// <returns>The figures by name, <c>loss</c> first.</returns>
    /// <inheritdoc cref="ToDataset"/>
    public static IReadOnlyDictionary<string, double> Evaluate(this CompiledModel model, IDataView data, DataViewColumns? columns = null, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Evaluate(data.ToDataset(model, columns), batchSize);
    }
}
