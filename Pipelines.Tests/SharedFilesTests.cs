namespace ConvNets.Pipelines.Tests;

[TestClass]
public sealed class SharedFilesTests
{
    public static IEnumerable<string> Training => SharedFiles.Glob("golden", "training*.h5");

    [TestMethod]
    public void GoldenFilesAreFoundInTheSharedFolderOrInTheProject()
    {
        Assert.IsNotNull(SharedFiles.Find("golden/training.h5"));
        Assert.IsNotEmpty(SharedFiles.Glob("golden", "*.h5"));
    }

    [TestMethod]
    [DynamicData(nameof(Training))]
    public void GlobGivesFullPaths(string path)
    {
        Assert.IsTrue(Path.IsPathFullyQualified(path));
        Assert.IsTrue(File.Exists(path));
    }

    [TestMethod]
    public void AnAbsentFileMakesATestInconclusiveAndSaysWhy()
    {
        AssertInconclusiveException e = Assert.ThrowsExactly<AssertInconclusiveException>(() => SharedFiles.Require("datasets/no_such_file.h5"));

        Assert.Contains("datasets/no_such_file.h5", e.Message);
        Assert.Contains("CONVNETS_SHARED", e.Message);
        Assert.IsNull(SharedFiles.Find("no_such_folder/file"));
        Assert.IsEmpty(SharedFiles.Glob("no_such_folder", "*"));
    }
}
