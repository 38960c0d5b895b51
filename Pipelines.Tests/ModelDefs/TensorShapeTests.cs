using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

[TestClass]
public sealed class TensorShapeTests
{
    [TestMethod]
    public void ItPrintsAsKerasPrintsABatch()
    {
        TensorShape image = [64, 48, 3], vector = [7], scalar = [];

        Assert.AreEqual("(None, 64, 48, 3) (None, 7) (None,)", $"{image} {vector} {scalar}");
    }

    [TestMethod]
    public void SizeAndRankDoNotCountTheBatch()
    {
        TensorShape image = [64, 48, 3], scalar = [];

        Assert.AreEqual((9216, 3, 3, 64), (image.Size, image.Rank, image[^1], image[0]));
        Assert.AreEqual((1, 0), (scalar.Size, scalar.Rank));
    }

    [TestMethod]
    public void EqualDimensionsAreEqualShapes()
    {
        TensorShape a = [2, 3], same = [2, 3], turned = [3, 2], longer = [2, 3, 1];

        Assert.AreEqual(a, same);
        Assert.AreEqual(a.GetHashCode(), same.GetHashCode());
        Assert.AreNotEqual(a, turned);
        Assert.AreNotEqual(a, longer);
    }

    [TestMethod]
    public void ItCannotBeChangedFromOutside()
    {
        int[] dimensions = [2, 3];
        var shape = new TensorShape(dimensions);

        dimensions[0] = 9;
        shape.ToArray()[1] = 9;

        Assert.AreEqual("(None, 2, 3)", shape.ToString());
    }

    [TestMethod]
    [DataRow(2, 0)]
    [DataRow(-1, 3)]
    [DataRow(65536, 32768)]
    [DataRow(int.MaxValue, int.MaxValue)]
    public void DimensionsBelowOneAndTooManyElementsAreRefused(int height, int width) =>
        Assert.Contains($"received ({height}, {width})", Assert.ThrowsExactly<ArgumentException>(() => new TensorShape(height, width)).Message);

    [TestMethod]
    public void TheGreatestSizeIsAllowed() => Assert.AreEqual(int.MaxValue, new TensorShape(int.MaxValue, 1).Size);
}
