using PureHDF;

namespace ConvNets.Data.Hdf5;

/// <summary>Writes small HDF5 files: groups, datasets of numbers and strings, attributes.</summary>
public static class Hdf5Writer
{
    /// <summary>Writes a file. It appears whole or not at all: it is written beside its place and then renamed, replacing what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="root">What the file holds.</param>
    /// <exception cref="Hdf5Exception">The file cannot be written.</exception>
    public static void Write(string path, Hdf5GroupBuilder root)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(root);
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
                Write(stream, root);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw e as Hdf5Exception ?? new Hdf5Exception($"{path} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    /// <summary>Writes a file to a stream that can be read and sought, from its beginning.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="root">What the file holds.</param>
    public static void Write(Stream stream, Hdf5GroupBuilder root)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(root);
        var file = new H5File();
        root.Fill(file);
        file.Write(stream);
    }
}
