using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

/// <summary>Reads everything that a file holds.</summary>
internal static class Hdf5Reading
{
    private static readonly Hdf5ReadOptions Options = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Opens a file with the time limit of these tests.</summary>
    public static Hdf5File Open(string path) => Hdf5File.Open(path, Options);

    /// <summary>Reads all objects, attributes and values; what is refused is passed over.</summary>
    public static void All(string path)
    {
        using var file = Open(path);
        foreach (var entry in file.Walk().Prepend(file.Root))
        {
            Tolerant(() => entry.Attributes.Count);
            foreach (var attribute in Tolerant(() => entry.Attributes) ?? [])
                Tolerant<object>(() => attribute.Type?.IsString == true ? attribute.ReadStrings() : attribute.Read<double>());
            if (entry is Hdf5Dataset dataset)
                Tolerant<object>(() => dataset.Type.IsString ? dataset.ReadStrings() : dataset.Sha256());
        }
    }

    private static T? Tolerant<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Hdf5Exception)
        {
            return default;
        }
    }
}
