using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ConvNets.Transforms;

/// <summary>
/// What a network is trained for, in ML.NET's terms: its labels, its last activation, and the stock predictor that makes the score columns of its logits. That
/// predictor is what a saved model scores with, so it makes the scores here too: the schemas are the same by construction.
/// </summary>
internal abstract class ScoringTask
{
    private protected const string MadeUpLabel = "ConvNetLabel";

    /// <summary>Two classes, one logit.</summary>
    public static ScoringTask Binary { get; } = new BinaryTask();

    /// <summary>A logit a class.</summary>
    public static ScoringTask Multiclass { get; } = new MulticlassTask();

    /// <summary>The task of a name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static ScoringTask Of(string name) => name == Binary.Name ? Binary : name == Multiclass.Name ? Multiclass : throw new FormatException($"There is no task \"{name}\".");

    /// <summary>The task's name in saved models.</summary>
    public abstract string Name { get; }

    /// <summary>What turns the logits to probabilities.</summary>
    public abstract ActivationFunction Activation { get; }

    /// <summary>What is trained on unless a loss is given.</summary>
    public abstract Loss DefaultLoss { get; }

    /// <summary>The course's network for this task.</summary>
    public abstract Model CourseModel(TensorShape inputShape, int classes);

    /// <summary>The size of the output of a network for a number of classes.</summary>
    public abstract int OutputSize(int classes);

    /// <summary>Throws unless a column can hold labels of this task.</summary>
    public abstract void RequireLabel(ColumnFacts column);

    /// <summary>The number of classes of a label column.</summary>
    public abstract int CountClasses(DataViewSchema.Column label);

    /// <summary>Labels as a loss takes them.</summary>
    public abstract LabelTargets CreateTargets(string columnName, int classes, IReadOnlyList<string> classNames, Loss loss);

    /// <summary>Fits the predictor to made-up rows, so that it gives logits back as they are but for a factor.</summary>
    /// <returns>The predictor and what follows it, and what logits must be multiplied with before, and what then added.</returns>
    public abstract (ITransformer Head, float Scale, float Shift) FitHead(DataViewSchema.Column label, ScoreColumns columns);

    /// <summary>The schema that the predictor delivers behind the input's columns.</summary>
    public abstract SchemaShape Promise(SchemaShape inputSchema, SchemaShape.Column label, ScoreColumns columns);

    /// <summary>The made-up rows: logits, and the label that they mean.</summary>
    private protected static RowsView Rows<TLabel>(int width, int rows, DataViewType labelType, DataViewSchema.Annotations? annotations, Func<long, float[]> logits, Func<long, TLabel> label)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(LogitsTransformer.ColumnName, new VectorDataViewType(NumberDataViewType.Single, width));
        schema.AddColumn(MadeUpLabel, labelType, annotations);
        return new RowsView(schema.ToSchema(), rows, (long row) => new VBuffer<float>(width, logits(row)), label);
    }

    /// <summary>Gives the score columns their names, and takes away what only the predictor needed.</summary>
    private protected static IEstimator<ITransformer> Finish(MLContext context, ScoreColumns columns, params IEnumerable<string> unneeded)
    {
        List<string> drop = [LogitsTransformer.ColumnName, .. unneeded];
        IEstimator<ITransformer>? rename = null;
        foreach ((string wanted, string given) in new[] { (columns.Score, "Score"), (columns.PredictedLabel, "PredictedLabel") })
        {
            if (wanted == given)
                continue;
            ColumnCopyingEstimator copy = context.Transforms.CopyColumns(wanted, given);
            rename = rename is null ? copy : rename.Append(copy);
            drop.Add(given);
        }
        ColumnSelectingEstimator dropping = context.Transforms.DropColumns([.. drop]);
        return rename is null ? dropping : rename.Append(dropping);
    }

    /// <summary>An input schema with made-up logits and labels behind.</summary>
    private protected static SchemaShape WithMadeUpColumns(MLContext context, SchemaShape inputSchema)
    {
        var definition = SchemaDefinition.Create(typeof(MadeUpColumns));
        definition[LogitsTransformer.ColumnName].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        definition["ConvNetKey"].ColumnType = new KeyDataViewType(typeof(uint), 2);
        return context.Transforms.CustomMapping<Nothing, MadeUpColumns>(static (_, _) => { }, null, null, definition).GetOutputSchema(inputSchema);
    }

    private protected sealed class Nothing;

    private protected sealed class MadeUpColumns
    {
        public VBuffer<float> ConvNetLogits { get; set; }

        public bool ConvNetLabel { get; set; }

        public uint ConvNetKey { get; set; }

        public string ConvNetClass { get; set; } = "";
    }

    /// <summary>The names of the columns of <see cref="MadeUpColumns"/> besides the logits.</summary>
    private protected static readonly string[] MadeUpNames = [nameof(MadeUpColumns.ConvNetLabel), nameof(MadeUpColumns.ConvNetKey), nameof(MadeUpColumns.ConvNetClass)];
}
