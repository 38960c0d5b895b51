using ConvNets.Engines;
using ConvNets.Pipelines.Reports;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using OxyPlot.SkiaSharp;

namespace ConvNets.Pipelines;

/// <summary>The course's two plots of a training: the loss and the accuracy against the epoch, of the training and of the validation data.</summary>
public static class HistoryPlots
{
    private const int Width = 640;
    private const int Height = 420;

    // With few epochs a line alone shows little, and of one epoch nothing.
    private const int MaxMarkers = 20;

    /// <summary>Writes <c>loss.png</c> and <c>accuracy.png</c>.</summary>
    /// <param name="history">What training saw; it must have <c>loss</c> and <c>accuracy</c>. Without validation the plots have one line.</param>
    /// <param name="folder">Where they are written; it is made if it is not there.</param>
    /// <param name="prefix">What their names begin with.</param>
    /// <returns>The two files' paths.</returns>
    /// <exception cref="KeyNotFoundException">The history has no loss or accuracy.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Save(History history, string folder, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(prefix);
        Directory.CreateDirectory(folder);
        string loss = Path.Combine(folder, $"{prefix}loss.png"), accuracy = Path.Combine(folder, $"{prefix}accuracy.png");
        Save(Plot(history, "loss", "Model loss", "Loss", LegendPosition.RightTop), loss);
        Save(Plot(history, "accuracy", "Model Accuracy", "Accuracy", LegendPosition.RightBottom), accuracy);
        return [loss, accuracy];
    }

    /// <summary>One plot: a line for the training data, and one for the validation data where there were any.</summary>
    internal static PlotModel Plot(History history, string metric, string title, string axisTitle, LegendPosition legend)
    {
        var plot = new PlotModel { Title = title, Background = OxyColors.White };
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "Epoch", MajorGridlineStyle = LineStyle.Dot, MinimumMajorStep = 1, MinimumMinorStep = 1 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = axisTitle, MajorGridlineStyle = LineStyle.Dot });
        plot.Legends.Add(new Legend { LegendPosition = legend, LegendPlacement = LegendPlacement.Inside, LegendBackground = OxyColor.FromAColor(200, OxyColors.White) });
        plot.Series.Add(Line(history, metric, "train", OxyColors.SteelBlue));
        if (history.Names.Contains($"val_{metric}", StringComparer.Ordinal))
            plot.Series.Add(Line(history, $"val_{metric}", "validation", OxyColors.DarkOrange));
        return plot;
    }

    private static LineSeries Line(History history, string name, string title, OxyColor color)
    {
        IReadOnlyList<double> values = history[name];
        var line = new LineSeries { Title = title, Color = color, MarkerFill = color, MarkerType = values.Count <= MaxMarkers ? MarkerType.Circle : MarkerType.None };
        line.Points.AddRange(history.Epochs.Zip(values, static (epoch, value) => new DataPoint(epoch, value)));
        return line;
    }

    private static void Save(PlotModel plot, string path)
    {
        using OutputFile file = OutputFile.Reserve(path);
        file.Commit(temporary =>
        {
            using FileStream stream = File.Create(temporary);
            new PngExporter { Width = Width, Height = Height }.Export(plot, stream);
        });
    }
}
