using ConvNets.Engines;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms;

[TestClass]
public sealed class ConvNetHistoryExtensionsTests
{
    [TestMethod]
    public void ARowIsAnEpoch()
    {
        var ml = new MLContext();
        IDataView data = Pictures.Load(ml, 16, 2);
        History history = SignsPipeline.Create(ml, new() { Epochs = 3, ValidationSet = data }).Fit(data).LastTransformer.History;

        IDataView frame = history.ToDataView(ml);

        Assert.AreEqual("epoch: Int32, loss: Double, accuracy: Double, val_loss: Double, val_accuracy: Double", string.Join(", ", frame.Schema.Select(c => $"{c.Name}: {c.Type}")));
        Assert.AreEqual(3, frame.GetRowCount());
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, frame.GetColumn<int>("epoch").ToArray());
        CollectionAssert.AreEqual(history["val_loss"].ToArray(), frame.GetColumn<double>("val_loss").ToArray());
        Assert.HasCount(2, ml.Data.TakeRows(ml.Data.Cache(frame), 2).GetColumn<double>("loss").ToArray());
    }
}
