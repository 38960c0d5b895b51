namespace ConvNets.Pipelines.Tests;

/// <summary>
/// Files that tests read but that need not be there: the folder named in the environment variable <c>CONVNETS_SHARED</c>, or else <c>../shared</c> beside the repository.
/// Where it has no folder <c>golden</c>, the golden files of this project itself are used.
/// </summary>
internal static class SharedFiles
{
    private const string Variable = "CONVNETS_SHARED";

    /// <summary>The repository's folder; null when the tests run from outside of it.</summary>
    public static string? Repository { get; } = Ancestor(AppContext.BaseDirectory, "mlnet.sln");

    /// <summary>The shared folder, whether it is there or not; null when nothing says where it is.</summary>
    public static string? Root { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? Path.GetFullPath(named)
        : Repository is null ? null : Path.GetFullPath(Path.Combine(Repository, "..", "shared"));

    /// <summary>The full path of a shared file or folder, or null where it is absent.</summary>
    /// <param name="relativePath">E.g. <c>golden/training.h5</c>.</param>
    public static string? Find(string relativePath)
    {
        string? path = PathOf(relativePath);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>The full path of a shared file or folder; a test that lacks it ends as inconclusive.</summary>
    /// <param name="relativePath">E.g. <c>golden/training.h5</c>.</param>
    public static string Require(string relativePath)
    {
        if (Find(relativePath) is not { } path)
            throw new AssertInconclusiveException($"{relativePath} is not in {Root ?? "a shared folder"}; {Variable} names the folder that has it.");
        return path;
    }

    /// <summary>All files below a shared folder whose names match, in order of their paths; none where the folder is absent.</summary>
    /// <param name="folder">E.g. <c>golden</c>.</param>
    /// <param name="pattern">E.g. <c>training*.h5</c>.</param>
    /// <remarks>As the source of a <see cref="DynamicDataAttribute"/> with no file, the test is counted as inconclusive (testconfig.json says so).</remarks>
    public static IReadOnlyList<string> Glob(string folder, string pattern)
    {
        if (Find(folder) is not { } path)
            return [];
        string[] files = Directory.GetFiles(path, pattern, SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static string? PathOf(string relativePath)
    {
        string[] parts = relativePath.Split('/');
        string? folder = Root is null ? null : Path.Combine(Root, parts[0]);
        if (parts[0] == "golden" && !Directory.Exists(folder))
            folder = Path.Combine(AppContext.BaseDirectory, "Golden");
        return folder is null ? null : Path.Combine([folder, .. parts[1..]]);
    }

    private static string? Ancestor(string path, string fileInside)
    {
        for (DirectoryInfo? folder = new(path); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, fileInside)))
                return folder.FullName;
        }
        return null;
    }
}
