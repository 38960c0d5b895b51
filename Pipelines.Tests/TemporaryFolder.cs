namespace ConvNets.Pipelines.Tests;

/// <summary>A folder of a test's own, gone when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("convnets-test-").FullName;

    /// <summary>The path of a file in it, whether it is there or not.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
