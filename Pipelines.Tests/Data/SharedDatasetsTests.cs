using System.Security.Cryptography;
using System.Text.Json;
using ConvNets.Data;
using ConvNets.Data.Hdf5;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Data;

/// <summary>Real files in the course's schema, written by others.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class SharedDatasetsTests
{
    public static IEnumerable<string> Variants =>
        SharedFiles.Find("hdf5/variants/expected.json") is { } path
            ? Parse(path).EnumerateObject().Where(file => ImageDatasetOf(file.Value) is not null).Select(file => file.Name)
            : [];

    [TestMethod]
    [DataRow("train_signs.h5", "train", 1080, 6)]
    [DataRow("test_signs.h5", "test", 120, 6)]
    [DataRow("test_happy.h5", "test", 150, 2)]
    [DataRow("train_smiles.h5", "train", 600, 2)]
    [DataRow("test_smiles.h5", "test", 150, 2)]
    public void ADatasetOfTheCourseIsAView(string name, string split, int count, int classes)
    {
        string path = SharedFiles.Require("datasets/" + name);
        Assert.AreEqual(split, Hdf5Splits.Choose(path, "train"));
        IDataView view = new MLContext().Data.LoadFromHdf5(path, Hdf5Splits.Image(split), Hdf5Splits.Label(split));
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 64, 64, 3), view.Schema["Image"].Type);
        Assert.HasCount(classes, ClassNamesAnnotation.Get(view.Schema["Label"]));

        using Hdf5File file = Hdf5File.Open(path);
        byte[] pixels = new byte[count * 64 * 64 * 3];
        file.Dataset(Hdf5Splits.Image(split)).Read(pixels);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] row in view.GetColumn<byte[]>("Image"))
            hash.AppendData(row);
        CollectionAssert.AreEqual(SHA256.HashData(pixels), hash.GetHashAndReset());
        Assert.AreEqual(classes, view.GetColumn<long>("Label").Distinct().Count());
    }

    /// <summary>Each way to store the same content gives its values, or a typed error for what is not accepted.</summary>
    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void AVariantOfTheSchemaGivesItsValuesOrATypedError(string name)
    {
        JsonElement file = Parse(SharedFiles.Require("hdf5/variants/expected.json")).GetProperty(name);
        JsonElement objects = file.GetProperty("objects");
        string image = ImageDatasetOf(file)!;
        string label = image[..^1] + "y";
        string path = SharedFiles.Require("hdf5/variants/" + name);
        try
        {
            ImageDataset images = ImageDataset.LoadHdf5(path, image, label);
            JsonElement expected = objects.GetProperty(image);
            Assert.AreEqual("|u1", expected.GetProperty("file_dtype").GetString(), "Only bytes are images.");
            Assert.AreEqual(expected.GetProperty("raw_le_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(images.Images)));
            CollectionAssert.AreEqual(Numbers(objects.GetProperty(label).GetProperty("values")), images.Labels);
        }
        catch (IOException e) when (e is DatasetException or Hdf5Exception)
        {
            // The reader may refuse a way of storing; a plain file with the course's types it must accept.
            string[] plain = ["03_", "05_", "06_", "08_"];
            Assert.IsFalse(plain.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)), e.Message);
            StringAssert.Contains(e.Message, name);
        }
    }

    /// <summary>Python writes numbers that JSON does not have; none of them stands where this test looks.</summary>
    private static JsonElement Parse(string path)
    {
        string text = File.ReadAllText(path).Replace("-Infinity", "null").Replace("Infinity", "null").Replace("NaN", "null");
        return JsonDocument.Parse(text).RootElement;
    }

    private static string? ImageDatasetOf(JsonElement file) => file.GetProperty("objects").EnumerateObject()
        .Select(o => o.Name).FirstOrDefault(o => o.EndsWith("_set_x", StringComparison.Ordinal));

    private static long[] Numbers(JsonElement values) =>
        values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray().SelectMany(Numbers)] : [(long)values.GetDouble()];
}
