using System.Text.Json;
using System.Text.RegularExpressions;
using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

/// <summary>
/// Every file beside a list of what the HDF5 library itself reads in it: our values are the same, or refused. Some of the files are made to
/// break readers.
/// </summary>
[TestClass]
public sealed partial class Hdf5ConformanceTests
{
    private const long MaxAllocation = 512 << 20;

    public static IEnumerable<object[]> Variants => Files("hdf5", "expected.json");

    public static IEnumerable<object[]> Conformance => Files("hdf5", "manifest.json");

    [TestMethod]
    [TestCategory("Oracle")]
    [DynamicData(nameof(Variants))]
    public void VariantsOfTheCoursesFiles(string list, string name)
    {
        using var expected = Parse(list);
        int readable = expected.RootElement.GetProperty(name).GetProperty("objects").EnumerateObject().Count(o => IsReadable(o.Value));

        Assert.AreEqual(readable, Compare(list, name), "numeric datasets read");
    }

    [TestMethod]
    [TestCategory("Oracle")]
    [Timeout(60_000, CooperativeCancellation = false)]
    [DynamicData(nameof(Conformance))]
    public void FilesOfOtherLibrariesTests(string list, string name) => Compare(list, name);

    /// <summary>Whether a dataset holds numbers and has none of the filters that are refused: szip (4), nbit (5), scaleoffset (6).</summary>
    private static bool IsReadable(JsonElement expected) =>
        expected.TryGetProperty("native_le_dtype", out var type)
        && type.GetString() is [_, 'i' or 'u' or 'f' or 'b', ..]
        && expected.GetProperty("filters").EnumerateArray().All(f => f.GetInt32() is not (4 or 5 or 6));

    /// <summary>Compares a file's datasets with the list and gives the number of those that were read.</summary>
    private static int Compare(string list, string name)
    {
        string path = Path.Combine(Path.GetDirectoryName(list)!, name);
        if (!File.Exists(path))
            Assert.Inconclusive($"{path} is absent.");
        using var expected = Parse(list);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int read = 0;
        try
        {
            Hdf5Reading.All(path);
            using var file = Hdf5Reading.Open(path);
            if (expected.RootElement.GetProperty(name).TryGetProperty("objects", out var objects))
                read = objects.EnumerateObject().Count(o => Matches(file, o));
        }
        catch (Hdf5Exception e)
        {
            Assert.Contains(name.Split('/')[^1], e.Message, "the message names the file");
        }

        Assert.IsLessThan(MaxAllocation, GC.GetAllocatedBytesForCurrentThread() - before);
        return read;
    }

    private static bool Matches(Hdf5File file, JsonProperty expected)
    {
        try
        {
            if (expected.Value.TryGetProperty("vlen_strings_sha256_nul_joined", out var text))
            {
                string joined = string.Join('\0', file.Dataset(expected.Name).ReadStrings());
                byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(joined));
                Assert.AreEqual(text.GetString(), Convert.ToHexStringLower(hash), expected.Name);
                return true;
            }

            if (!expected.Value.TryGetProperty("raw_le_sha256", out var values))
                return false;
            var dataset = file.Dataset(expected.Name);
            if (dataset.Type.Number is null)
                return false;
            Assert.AreEqual(values.GetString(), dataset.Sha256(), $"values of {expected.Name}");
            CollectionAssert.AreEqual(expected.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray(), dataset.Shape.ToArray());
            CollectionAssert.AreEqual(
                expected.Value.GetProperty("filters").EnumerateArray().Select(f => f.GetInt32()).ToArray(),
                dataset.Filters.Select(f => f.Id).ToArray());
            Assert.AreEqual(expected.Value.GetProperty("layout").GetString(), dataset.Layout.ToString().ToLowerInvariant());
            return true;
        }
        catch (Hdf5Exception)
        {
            return false;
        }
    }

    private static IEnumerable<object[]> Files(string folder, string listName)
    {
        foreach (string list in SharedFiles.Glob(folder, listName))
        {
            using var expected = Parse(list);
            foreach (var file in expected.RootElement.EnumerateObject())
                yield return [list, file.Name];
        }
    }

    /// <summary>The lists are Python's JSON, which has words for numbers that are none.</summary>
    private static JsonDocument Parse(string list) => JsonDocument.Parse(NotNumbers.Replace(File.ReadAllText(list), "null"));

    [GeneratedRegex(@"(?<=[\[,:\s])-?(NaN|Infinity)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex NotNumbers { get; }
}
