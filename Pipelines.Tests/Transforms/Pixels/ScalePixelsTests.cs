using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.Pixels;

[TestClass]
public sealed class ScalePixelsTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void BytesBecomeFloatsOfTheSameDimensions()
    {
        IDataView data = Bytes([0, 51, 102, 255]);

        IDataView scaled = _ml.Transforms.ScalePixels("Features", "Image").Fit(data).Transform(data);

        Assert.AreEqual("Vector<Single, 2, 2, 1>", scaled.Schema["Features"].Type.ToString());
        CollectionAssert.AreEqual(new[] { 0, 51 / 255f, 102 / 255f, 1 }, scaled.GetColumn<float[]>("Features").Single());
    }

    [TestMethod]
    public void FloatsInPlaceByAnyDivisor()
    {
        IDataView data = Floats([1, -2, 0, 4]);

        IDataView scaled = _ml.Transforms.ScalePixels("Image", divisor: 2).Fit(data).Transform(data);

        CollectionAssert.AreEqual(new[] { 0.5f, -1, 0, 2 }, scaled.GetColumn<float[]>("Image").Single());
    }

    [TestMethod]
    public void SparseVectorsAreScaledWhole()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new { Image = new VBuffer<float>(4, 1, [255f], [2]) } }, Define("Image"));

        IDataView scaled = _ml.Transforms.ScalePixels("Features", "Image").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new float[] { 0, 0, 1, 0 }, scaled.GetColumn<float[]>("Features").Single());

        static SchemaDefinition Define(string column)
        {
            var definition = SchemaDefinition.Create(new { Image = default(VBuffer<float>) }.GetType());
            definition[column].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 4);
            return definition;
        }
    }

    [TestMethod]
    public void TheContractHolds()
    {
        IDataView[] bad = [_ml.Data.LoadFromEnumerable(new[] { new { Other = 1f } }), _ml.Data.LoadFromEnumerable(new[] { new { Image = 1f } }), _ml.Data.LoadFromEnumerable(new[] { new { Image = new[] { 1.0 } } })];
        EstimatorContract.Check(_ml, _ml.Transforms.ScalePixels("Features", "Image"), Bytes([0, 51, 102, 255], [3, 5, 7, 11]), bad);
        EstimatorContract.Check(_ml, _ml.Transforms.ScalePixels("Image"), Bytes([0, 51, 102, 255]), bad);
        EstimatorContract.Check(_ml, _ml.Transforms.ScalePixels("Features", "Image", 3), Floats([0, 51, 102, 255]), bad);
        EstimatorContract.Check(_ml, _ml.Transforms.ScalePixels("Image"), Floats([0, 51, 102, 255]), bad);
    }

    [TestMethod]
    public void OtherDimensionsThanFittedOnAreRefused()
    {
        ScalePixelsTransformer transformer = _ml.Transforms.ScalePixels("Features", "Image").Fit(Bytes([0, 1, 2, 3]));

        Assert.AreEqual("Column \"Image\": found Vector<Single, 2, 2, 1>; expected Vector<Byte, 2, 2, 1>, which the transformer was fitted on.",
            Assert.ThrowsExactly<ColumnException>(() => transformer.Transform(Floats([0, 1, 2, 3]))).Message);
    }

    private IDataView Bytes(params byte[][] images) => _ml.Data.LoadFromEnumerable(images.Select(image => new ByteImage { Image = image }));

    private IDataView Floats(params float[][] images) => _ml.Data.LoadFromEnumerable(images.Select(image => new FloatImage { Image = image }));

    private sealed class ByteImage
    {
        [VectorType(2, 2, 1)]
        public byte[] Image { get; set; } = [];
    }

    private sealed class FloatImage
    {
        [VectorType(2, 2, 1)]
        public float[] Image { get; set; } = [];
    }
}
