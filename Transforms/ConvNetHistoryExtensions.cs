using ConvNets.Engines;
using ConvNets.Transforms;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>A training's history in ML.NET's own form.</summary>
public static class ConvNetHistoryExtensions
{
    /// <summary>
    /// The history as a data frame: a row an epoch, with the columns <c>epoch</c> (Int32, from 0) and one of Double for each name, such as <c>loss</c>,
    /// <c>accuracy</c>, <c>val_loss</c>, <c>val_accuracy</c>.
    /// </summary>
    /// <param name="history">What <c>Fit</c> returned.</param>
    /// <param name="context">The context.</param>
    public static IDataView ToDataView(this History history, MLContext context)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(context);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("epoch", NumberDataViewType.Int32);
        List<Delegate> columns = [(long row) => history.Epochs[(int)row]];
        foreach (string name in history.Names)
        {
            IReadOnlyList<double> values = history[name];
            schema.AddColumn(name, NumberDataViewType.Double);
            columns.Add((long row) => values[(int)row]);
        }
        return new RowsView(schema.ToSchema(), history.Epochs.Count, columns);
    }
}
