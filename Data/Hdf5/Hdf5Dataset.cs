using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ConvNets.Data.Hdf5;

/// <summary>
/// An array of values. Values are handed out little-endian and row-major (the last dimension runs fastest), whatever the file's byte
/// order, layout and compression.
/// </summary>
public sealed class Hdf5Dataset : Hdf5Object
{
    /// <summary>Bytes of one block when values are streamed.</summary>
    private const int BlockBytes = 1 << 20;

    private readonly IDatasetSource _source;
    private readonly string _file;

    internal Hdf5Dataset(string file, string path, IDatasetSource source, Func<IReadOnlyList<Hdf5Attribute>> attributes)
        : base(path, attributes, source.Refusal)
    {
        _file = file;
        _source = source;
        Length = Hdf5Values.Count(source.Shape);
    }

    /// <summary>The dimensions; empty for a single value (scalar), <c>[0]</c> for a dataset without a place for values (null dataspace).</summary>
    public IReadOnlyList<long> Shape => _source.Shape;

    /// <summary>The elements' type as stored.</summary>
    public Hdf5Type Type => _source.Type;

    /// <summary>How the values lie in the file.</summary>
    public Hdf5Layout Layout => _source.Layout;

    /// <summary>The shape of a chunk, empty unless <see cref="Layout"/> is <see cref="Hdf5Layout.Chunked"/>.</summary>
    public IReadOnlyList<long> ChunkShape => _source.ChunkShape;

    /// <summary>The filters in the order in which values went through them when written.</summary>
    public IReadOnlyList<Hdf5Filter> Filters => _source.Filters;

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>Bytes of one element as handed out by <see cref="Read(Span{byte})"/>.</summary>
    public int ElementSize => Type.Size;

    /// <summary>All values as <typeparamref name="T"/>, row-major.</summary>
    /// <typeparam name="T">
    /// The stored type, an integer type that holds all values of the stored one, <see cref="long"/> for any integer type, or
    /// <see cref="float"/> or <see cref="double"/> for any number.
    /// </typeparam>
    /// <exception cref="Hdf5Exception">Values are no numbers, do not fit <typeparamref name="T"/>, or cannot be read.</exception>
    public T[] Read<T>()
        where T : unmanaged
    {
        var from = Hdf5Values.Require<T>(Where, Type, Length);
        RequireReadable();
        var values = new T[Length];
        if (from == NumberConversion.TypeOf<T>())
            Read(MemoryMarshal.AsBytes(values.AsSpan()));
        else
            ForEachBlock((first, block) => Hdf5Values.Convert(Where, block, from, values.AsSpan((int)first, block.Length / ElementSize)));
        return values;
    }

    /// <summary>All values as little-endian bytes, row-major.</summary>
    /// <param name="destination">Receives the values: <see cref="Length"/> × <see cref="ElementSize"/> bytes.</param>
    /// <exception cref="Hdf5Exception">Values are no numbers or cannot be read.</exception>
    public void Read(Span<byte> destination)
    {
        RequireReadableNumbers();
        if (destination.Length != Length * ElementSize)
            throw new ArgumentException($"{Where} has {Length} × {ElementSize} bytes, the destination {destination.Length}.", nameof(destination));
        if (!destination.IsEmpty)
            _source.ReadRows(0, Rows, destination);
    }

    /// <summary>A block of rows: the elements with first index <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="destination">Receives the rows as little-endian bytes, row-major; exactly their size.</param>
    /// <remarks>
    /// Contiguous data comes straight from the file, also for several threads at once. Of chunked data, the chunks of the rows are decoded;
    /// up to 64 MiB of decoded chunks are kept, so that blocks in order decode each chunk once.
    /// </remarks>
    /// <exception cref="Hdf5Exception">Values are no numbers or cannot be read.</exception>
    public void ReadRows(long first, int count, Span<byte> destination)
    {
        RequireReadableNumbers();
        if (Shape.Count == 0)
            throw new Hdf5Exception($"{Where} is a single value and has no rows.");
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Shape[0] - count);
        long rowBytes = RowBytes;
        if (destination.Length != count * rowBytes)
            throw new ArgumentException($"{count} rows of {Where} have {count * rowBytes} bytes, the destination {destination.Length}.", nameof(destination));
        if (!destination.IsEmpty)
            _source.ReadRows(first, count, destination);
    }

    /// <summary>All elements of a dataset of strings, of fixed or variable length, without the padding.</summary>
    /// <exception cref="Hdf5Exception">The elements are no strings or cannot be read.</exception>
    public string[] ReadStrings()
    {
        RequireReadable();
        if (!Type.IsString)
            throw new Hdf5Exception($"{Where} holds {Type}; expected strings.");
        return _source.ReadStrings();
    }

    /// <summary>The SHA-256 of the values as little-endian bytes in row-major order, in lower-case hexadecimal digits.</summary>
    /// <exception cref="Hdf5Exception">Values are no numbers or cannot be read.</exception>
    public string Sha256()
    {
        RequireReadableNumbers();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ForEachBlock((_, block) => hash.AppendData(block));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads block by block: calls back with the number of the first element and the values as little-endian bytes.</summary>
    private void ForEachBlock(Action<long, ReadOnlySpan<byte>> action)
    {
        if (Length == 0)
            return;
        // Whole chunks, so that each is decoded once.
        long rowBytes = RowBytes, least = ChunkShape.Count > 0 ? ChunkShape[0] : 1;
        long rows = Math.Min(Rows, Math.Max(1, BlockBytes / rowBytes / least) * least);
        if (rows * rowBytes > Array.MaxLength)
            throw new Hdf5Exception($"{Where} has blocks of {rows * rowBytes} bytes, more than one array holds.");
        var buffer = new byte[rows * rowBytes];
        for (long first = 0; first < Rows; first += rows)
        {
            long count = Math.Min(rows, Rows - first);
            var block = buffer.AsSpan(0, (int)(count * rowBytes));
            _source.ReadRows(first, count, block);
            action(first * (rowBytes / ElementSize), block);
        }
    }

    private string Where => $"{_file}: dataset {Path}";

    private long Rows => Shape.Count == 0 ? 1 : Shape[0];

    private long RowBytes => Rows == 0 ? 0 : Length / Rows * ElementSize;

    private void RequireReadable()
    {
        if (Error is not null)
            throw new Hdf5Exception($"{Where} cannot be read: {Error}.");
    }

    private void RequireReadableNumbers()
    {
        if (Type.Number is null)
            throw new Hdf5Exception($"{Where} holds {Type}; expected numbers.");
        RequireReadable();
    }
}
