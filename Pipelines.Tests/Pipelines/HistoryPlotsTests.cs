using ConvNets.Engines;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class HistoryPlotsTests
{
    [TestMethod]
    public void APlotHasTheCoursesTitleAxesAndBothSeries()
    {
        PlotModel plot = HistoryPlots.Plot(Make(epochs: 3, validated: true), "loss", "Model loss", "Loss", LegendPosition.RightTop);

        Assert.AreEqual("Model loss", plot.Title);
        Assert.AreEqual("Epoch", plot.Axes.Single(a => a.Position == AxisPosition.Bottom).Title);
        Assert.AreEqual("Loss", plot.Axes.Single(a => a.Position == AxisPosition.Left).Title);
        LineSeries[] lines = [.. plot.Series.Cast<LineSeries>()];
        CollectionAssert.AreEqual(new[] { "train", "validation" }, lines.Select(l => l.Title).ToArray());
        CollectionAssert.AreEqual(new[] { 0d, 1, 2 }, lines[0].Points.Select(p => p.X).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 1 / 2d, 1 / 3d }, lines[0].Points.Select(p => p.Y).ToArray());
        CollectionAssert.AreEqual(new[] { 2, 2 / 2d, 2 / 3d }, lines[1].Points.Select(p => p.Y).ToArray());
    }

    [TestMethod]
    public void WithoutValidationThereIsOneLine() =>
        Assert.HasCount(1, HistoryPlots.Plot(Make(epochs: 3, validated: false), "accuracy", "Model Accuracy", "Accuracy", LegendPosition.RightBottom).Series);

    [TestMethod]
    public void SavesTwoPngs()
    {
        using var folder = new TemporaryFolder();
        string plots = folder.File("plots");

        IReadOnlyList<string> paths = HistoryPlots.Save(Make(epochs: 100, validated: true), plots, "signs-");

        CollectionAssert.AreEqual(new[] { Path.Combine(plots, "signs-loss.png"), Path.Combine(plots, "signs-accuracy.png") }, paths.ToArray());
        Assert.HasCount(2, Directory.GetFileSystemEntries(plots));
        foreach (string path in paths)
            CollectionAssert.AreEqual(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }, File.ReadAllBytes(path)[..4]);
    }

    private static History Make(int epochs, bool validated)
    {
        var history = new History();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            double value = 1d / (epoch + 1);
            Dictionary<string, double> logs = new() { ["loss"] = value, ["accuracy"] = 1 - value };
            if (validated)
                (logs["val_loss"], logs["val_accuracy"]) = (2 * value, 1 - value / 2);
            history.Add(epoch, logs);
        }
        return history;
    }
}
