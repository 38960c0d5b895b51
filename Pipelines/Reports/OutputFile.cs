using System.Diagnostics.CodeAnalysis;

namespace ConvNets.Pipelines.Reports;

/// <summary>
/// A file that appears whole or not at all: it is written beside its place and then renamed. Reserving it first tells, before hours of training, that it cannot be written.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;

    private OutputFile(string path)
    {
        _path = path;
        // The extension is kept: writers may go by it.
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}{Path.GetExtension(path)}");
    }

    /// <summary>Makes sure that a file can be written.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <returns>The file, or null for none.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    [return: NotNullIfNotNull(nameof(path))]
    public static OutputFile? Reserve(string? path)
    {
        if (path is null)
            return null;
        try
        {
            if (Directory.Exists(path))
                throw new IOException("expected a file's name, found a folder");
            var file = new OutputFile(path);
            if (!Directory.Exists(Path.GetDirectoryName(file._temporary)))
                throw new IOException("there is no such folder");
            File.WriteAllBytes(file._temporary, []);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Writes the file and puts it in its place.</summary>
    /// <param name="write">Is given the path to write to.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Commit(Action<string> write)
    {
        try
        {
            write(_temporary);
            File.Move(_temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{_path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Leaves nothing behind of a file that was not committed.</summary>
    public void Dispose() => File.Delete(_temporary);
}
