namespace ConvNets.Data.Hdf5;

/// <summary>What a dataset's header says, and its values.</summary>
internal interface IDatasetSource
{
    IReadOnlyList<long> Shape { get; }

    Hdf5Type Type { get; }

    Hdf5Layout Layout { get; }

    IReadOnlyList<long> ChunkShape { get; }

    IReadOnlyList<Hdf5Filter> Filters { get; }

    /// <summary>Why the values are not read though the header is, or null.</summary>
    string? Refusal { get; }

    /// <summary>Some rows, little-endian; the single value of a scalar is one row.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="destination">Receives the values; not empty, and exactly their size.</param>
    void ReadRows(long first, long count, Span<byte> destination);

    /// <summary>All strings.</summary>
    string[] ReadStrings();
}
