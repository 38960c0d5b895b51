using System.Globalization;

namespace ConvNets.ModelDefs;

/// <summary>How <see cref="ModelSummary.Summary(Model, KerasSummaryOptions)"/> prints a model; names are those of Keras 3's <c>summary()</c>.</summary>
public sealed record KerasSummaryOptions
{
    /// <summary>Characters of a line, at least 40; 88, of a graph 108, and 12 more with <see cref="ShowTrainable"/> when null, as Keras's on a wide terminal.</summary>
    public int? LineLength { get; init; }

    /// <summary>Whether the layers of nested models follow them, indented; false.</summary>
    public bool ExpandNested { get; init; }

    /// <summary>Whether a column says which layers are trained; false.</summary>
    public bool ShowTrainable { get; init; }
}

/// <summary>The table that Keras 3 prints: of a list of layers with shapes and parameters; of a graph also with what each layer is connected to.</summary>
internal sealed class KerasSummary
{
    // As a share of the line, where each column ends.
    private static readonly double[] ListEnds = [0.45, 0.80, 1];
    private static readonly double[] GraphEnds = [0.3, 0.56, 0.74, 1];

    private const double BytesPerWeight = sizeof(float);

    private readonly Model _model;
    private readonly KerasSummaryOptions _options;
    private readonly bool _isList;
    private readonly List<string[]> _rows = [];

    private KerasSummary(Model model, KerasSummaryOptions options)
    {
        (_model, _options) = (model, options);
        _isList = model is Sequential || IsList(model);
        foreach (Layer layer in model.Layers)
            Add(layer, model, level: 0, trainable: model.Trainable);
    }

    /// <summary>The table, and the numbers of parameters with the memory that they take.</summary>
    public static string Print(Model model, KerasSummaryOptions options) => new KerasSummary(model, options).Print();

    private string Print()
    {
        List<double> ends = [.. _isList ? ListEnds : GraphEnds];
        List<string> header = ["Layer (type)", "Output Shape", "Param #"];
        List<Alignment> alignments = [Alignment.Left, Alignment.Left, Alignment.Right];
        int length = _isList ? 88 : 108;
        if (!_isList)
        {
            header.Add("Connected to");
            alignments.Add(Alignment.Left);
        }
        if (_options.ShowTrainable)
        {
            ends = [.. ends.Select(end => end * 0.9), 1];
            header.Add("Trainable");
            alignments.Add(Alignment.Center);
            length += 12;
        }
        length = _options.LineLength ?? length;
        int[] columns = [.. ends.Select(end => (int)(end * length))];
        for (int i = columns.Length - 1; i > 0; i--)
            columns[i] -= columns[i - 1];

        IReadOnlyList<WeightSlot> slots = _model.WeightSlots;
        long total = slots.Sum(s => (long)s.Spec.Shape.Size), trainable = slots.Where(s => s.Trainable).Sum(s => (long)s.Spec.Shape.Size);
        return $"Model: \"{_model.DisplayName}\"\n{BoxTable.Render(length, columns, alignments, header, _rows)}"
            + $" Total params: {Count(total)}\n Trainable params: {Count(trainable)}\n Non-trainable params: {Count(total - trainable)}\n";
    }

    /// <summary>Whether a graph is drawn as a list: at each depth is one call of one tensor, and no layer is called twice.</summary>
    private static bool IsList(Model model)
    {
        for (int i = 0; i < model.Nodes.Count; i++)
        {
            Node node = model.Nodes[i];
            bool follows = i == 0 ? node.Inputs.Count == 0 : node.Inputs.Count == 1 && node.Inputs[0].Node == model.Nodes[i - 1];
            if (!follows)
                return false;
        }
        return model.Nodes.Count == model.Layers.Count;
    }

    private void Add(Layer layer, Model of, int level, bool trainable)
    {
        trainable &= layer.Trainable;
        Node[] calls = [.. of.Nodes.Where(node => node.Layer == layer)];
        string[] shapes = [.. calls[^1].Outputs.Select(o => o.Shape.ToString())];
        var row = new List<string>
        {
            $"{(level == 0 ? "" : new string(' ', 3 * level) + "└ ")}{layer.Name} ({layer.ClassName})",
            shapes.Length == 1 ? shapes[0] : $"[{string.Join(", ", shapes)}]",
            layer.CountParameters().ToString("N0", CultureInfo.InvariantCulture),
        };
        if (!_isList)
        {
            IEnumerable<KerasTensor> inputs = level == 0 ? calls.OrderBy(call => call.Number).SelectMany(call => call.Inputs) : [];
            string connections = string.Join(", ", inputs.Select(tensor => $"{tensor.Node.Layer.Name}[{tensor.Node.Number}][{tensor.Index}]"));
            row.Add(connections.Length == 0 ? "-" : connections);
        }
        if (_options.ShowTrainable)
            row.Add(layer.Weights.Count == 0 ? "-" : trainable ? "Y" : "N");
        _rows.Add([.. row]);
        if (!_options.ExpandNested || layer is not Model nested)
            return;
        foreach (Layer inner in nested.Layers)
            Add(inner, nested, level + 1, trainable);
    }

    private static string Count(long parameters)
    {
        double size = parameters * BytesPerWeight;
        int unit = 0;
        string[] units = ["B", "KB", "MB", "GB", "TB"];
        for (; size >= 1024 && unit < units.Length - 1; unit++)
            size /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{parameters:N0} ({size:0.00} {units[unit]})");
    }
}
