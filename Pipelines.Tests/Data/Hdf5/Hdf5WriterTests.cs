using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

[TestClass]
public sealed class Hdf5WriterTests
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.h5");

    [TestCleanup]
    public void Delete() => File.Delete(_path);

    [TestMethod]
    public void WhatIsWrittenIsReadBack()
    {
        byte[] pixels = [.. Enumerable.Range(0, 2 * 3 * 4).Select(i => (byte)(i * 7))];
        float[] weights = [1.5f, -2, float.NaN, float.Epsilon];
        var root = new Hdf5GroupBuilder();
        root.Add("train_set_x", pixels, 2, 3, 4);
        root.Add("train_set_y", new long[] { 1, long.MinValue }, 2);
        root.Add("scalar", new double[] { Math.PI });
        root.AddStrings("list_classes", ["smile", "", "grün ☺"]);
        root.Add("model/dense/kernel", weights, 2, 2).SetAttribute("unit", "none");
        root.SetAttribute("backend", "tensorflow");
        root.Group("model").SetAttribute("layer_names", ["a", "longer name"]);
        root.Group("model").SetAttribute("none", Array.Empty<string>());
        root.Group("model").SetAttribute("numbers", new[] { 1, 2, 3 }, 3);
        Hdf5Writer.Write(_path, root);

        using var file = Hdf5File.Open(_path);
        var x = file.Dataset("/train_set_x");
        CollectionAssert.AreEqual(new long[] { 2, 3, 4 }, x.Shape.ToArray());
        CollectionAssert.AreEqual(pixels, x.Read<byte>());
        var row = new byte[12];
        x.ReadRows(1, 1, row);
        CollectionAssert.AreEqual(pixels[12..], row);
        CollectionAssert.AreEqual(new long[] { 1, long.MinValue }, file.Dataset("train_set_y").Read<long>());
        Assert.IsEmpty(file.Dataset("scalar").Shape);
        CollectionAssert.AreEqual(new[] { Math.PI }, file.Dataset("scalar").Read<double>());
        CollectionAssert.AreEqual(new[] { "smile", "", "grün ☺" }, file.Dataset("list_classes").ReadStrings());
        var kernel = file.Dataset("model/dense/kernel");
        CollectionAssert.AreEqual(weights, kernel.Read<float>());
        Assert.AreEqual("none", kernel.Attribute("unit")!.ReadString());
        Assert.AreEqual("tensorflow", file.Root.Attribute("backend")!.ReadString());
        var model = file.Group("model");
        CollectionAssert.AreEqual(new[] { "a", "longer name" }, model.Attribute("layer_names")!.ReadStrings());
        Assert.AreEqual(0, model.Attribute("none")!.Length);
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, model.Attribute("numbers")!.Read<int>());
    }
}
