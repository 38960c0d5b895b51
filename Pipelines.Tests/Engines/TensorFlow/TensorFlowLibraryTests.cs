using System.Reflection;
using System.Runtime.InteropServices;
using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>Finding the native library, and what is said where it is missing or another one.</summary>
[TestClass]
public sealed class TensorFlowLibraryTests
{
    private static readonly string FileName = OperatingSystem.IsWindows() ? "tensorflow.dll" : OperatingSystem.IsMacOS() ? "libtensorflow.dylib" : "libtensorflow.so";

    [TestMethod]
    [TestCategory("Oracle")]
    public void EveryDeclaredFunctionIsInTheLibrary()
    {
        NativeTensorFlow.Require();
        nint library = TensorFlowLibrary.Find(Environment.GetEnvironmentVariable(TensorFlowLibrary.Variable), TensorFlowApi.Library);
        string[] declared = [.. typeof(TensorFlowApi).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly).Select(m => m.Name).Where(n => n.StartsWith("TF_", StringComparison.Ordinal))];
        Assert.IsGreaterThan(30, declared.Length);
        Assert.IsEmpty(declared.Where(name => !NativeLibrary.TryGetExport(library, name, out _)));
        StringAssert.StartsWith(TensorFlowLibrary.Version, "2.");
    }

    [TestMethod]
    public void NoLibraryIsAnErrorThatNamesThreeWays()
    {
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => TensorFlowLibrary.Find(null, "tensorflow_that_is_nowhere"));
        StringAssert.Contains(e.Message, "-p:TensorFlowPackages=true");
        StringAssert.Contains(e.Message, "CONVNETS_TENSORFLOW");
        StringAssert.Contains(e.Message, "where the system looks for libraries");
    }

    [TestMethod]
    public void AFolderWithoutTheLibraryIsNamed()
    {
        using var folder = new TemporaryFolder();
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => TensorFlowLibrary.Find(folder.Path, "tensorflow"));
        StringAssert.Contains(e.Message, $"CONVNETS_TENSORFLOW names the folder {folder.Path}, which does not hold");
    }

    [TestMethod]
    public void AFileThatIsNoLibraryIsNamedWithTheReason()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, FileName);
        File.WriteAllText(path, "not a library");
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => TensorFlowLibrary.Find(folder.Path, "tensorflow"));
        StringAssert.StartsWith(e.Message, $"{path} cannot be loaded: ");
        Assert.IsGreaterThan($"{path} cannot be loaded: ".Length + 10, e.Message.Length);
    }

    [TestMethod]
    public void AnotherLibraryIsNotTakenForTensorFlow()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("The test borrows a library of Linux.");
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => TensorFlowLibrary.VersionOf(NativeLibrary.Load("libc.so.6")));
        StringAssert.Contains(e.Message, "has no function TF_Version");
    }

    [TestMethod]
    [DataRow("1.15.5")]
    [DataRow("2.9.3")]
    [DataRow("unknown")]
    public void AnOldVersionIsRefused(string version)
    {
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => TensorFlowLibrary.CheckVersion(version));
        StringAssert.Contains(e.Message, $"TensorFlow {version} was found; the engine needs 2.10 or later");
    }

    [TestMethod]
    [DataRow("2.10.0")]
    [DataRow("2.16.2")]
    [DataRow("2.20.0-rc1")]
    public void ANewerVersionIsTaken(string version) => TensorFlowLibrary.CheckVersion(version);
}
