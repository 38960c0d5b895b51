using System.Globalization;
using System.Text;

namespace ConvNets.ModelDefs;

/// <summary>The table that Keras's <c>model.summary()</c> prints.</summary>
public static class ModelSummary
{
    // Keras 2's columns end here; a field is cut at its column's end and its last place is kept blank.
    private static readonly int[] ColumnEnds = [29, 55, 65];

    /// <summary>The table as text: a line a layer, with its output's shape and its parameters, and the totals.</summary>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    public static string Summary(this Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        IReadOnlyList<WeightSlot> slots = model.WeightSlots;
        long total = slots.Sum(s => (long)s.Spec.Shape.Size), trainable = slots.Where(s => s.Trainable).Sum(s => (long)s.Spec.Shape.Size);
        string thin = new('_', ColumnEnds[^1]), thick = new('=', ColumnEnds[^1]);

        var table = new StringBuilder();
        void Line(string text) => table.Append(text).Append('\n');
        Line($"Model: \"{model.DisplayName}\"");
        Line(thin);
        Line(Row("Layer (type)", "Output Shape", "Param #"));
        Line(thick);
        for (int i = 0; i < model.Layers.Count; i++)
        {
            Layer layer = model.Layers[i];
            Line(Row($"{layer.Name} ({layer.ClassName})", LayerDescriptor.OutputShape(model, layer), layer.CountParameters().ToString(CultureInfo.InvariantCulture)));
            Line(i + 1 < model.Layers.Count ? thin : thick);
        }
        Line(string.Create(CultureInfo.InvariantCulture, $"Total params: {total:N0}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"Trainable params: {trainable:N0}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"Non-trainable params: {total - trainable:N0}"));
        Line(thin);
        return table.ToString();
    }

    /// <summary>The table as Keras 3 prints it, drawn with boxes; of a graph with what each layer is connected to.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Width and columns.</param>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The line is too short.</exception>
    public static string Summary(this Model model, KerasSummaryOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        if (options.LineLength is < 40)
            throw new ArgumentOutOfRangeException(nameof(options), options.LineLength, $"{nameof(KerasSummaryOptions.LineLength)} must be at least 40.");
        return KerasSummary.Print(model, options);
    }

    private static string Row(params ReadOnlySpan<string> fields)
    {
        var line = new StringBuilder();
        for (int i = 0; i < fields.Length; i++)
        {
            if (i > 0)
                line[^1] = ' ';
            line.Append(fields[i]);
            line.Length = Math.Min(line.Length, ColumnEnds[i]);
            line.Append(' ', ColumnEnds[i] - line.Length);
        }
        return line.ToString();
    }
}
