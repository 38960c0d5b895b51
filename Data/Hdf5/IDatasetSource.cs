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

    /// <summary>All values, little-endian.</summary>
    void Read(Span<byte> destination);

    /// <summary>The little-endian values from a byte offset that is a multiple of the element size.</summary>
    void ReadBlock(long offset, Span<byte> destination);

    string[] ReadStrings();
}
