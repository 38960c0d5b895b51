using Microsoft.Win32.SafeHandles;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>
/// The bytes of a file from its superblock on, at addresses as the file's own structures use them. Nothing is read or allocated beyond what the file has.
/// </summary>
/// <remarks>Reading is safe from several threads.</remarks>
internal sealed class FileBytes : IDisposable
{
    private readonly SafeFileHandle _handle;
    private long _base;

    public FileBytes(string path)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Length = RandomAccess.GetLength(_handle);
    }

    /// <summary>The number of bytes from the superblock to the end of the file.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of an address in this file.</summary>
    public int OffsetSize { get; set; } = 8;

    /// <summary>Bytes of a length in this file.</summary>
    public int LengthSize { get; set; } = 8;

    /// <summary>Makes addresses count from here on.</summary>
    public void StartAt(long offset)
    {
        _base += offset;
        Length -= offset;
    }

    public bool Contains(long address, long count) => address >= 0 && count >= 0 && address <= Length && count <= Length - address;

    /// <exception cref="InvalidDataException">The bytes lie outside of the file.</exception>
    public void Read(long address, Span<byte> destination)
    {
        if (!Contains(address, destination.Length))
            throw OutOfFile(address, destination.Length);
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_handle, destination, _base + address);
            if (read == 0)
                throw OutOfFile(address, destination.Length);
            destination = destination[read..];
            address += read;
        }
    }

    /// <exception cref="InvalidDataException">The bytes lie outside of the file.</exception>
    public byte[] Read(long address, long count)
    {
        if (!Contains(address, count) || count > Array.MaxLength)
            throw OutOfFile(address, count);
        var bytes = new byte[count];
        Read(address, bytes);
        return bytes;
    }

    /// <summary>A block that begins with a signature of four letters.</summary>
    public byte[] ReadBlock(long address, long count, ReadOnlySpan<byte> signature)
    {
        var block = Read(address, count);
        RequireSignature(block, signature, address);
        return block;
    }

    /// <summary>A block that begins with a signature and ends with the checksum of all before.</summary>
    public byte[] ReadChecked(long address, long count, ReadOnlySpan<byte> signature)
    {
        var block = ReadBlock(address, count, signature);
        Checksums.Require(block, System.Text.Encoding.ASCII.GetString(signature), address);
        return block;
    }

    public static void RequireSignature(ReadOnlySpan<byte> block, ReadOnlySpan<byte> signature, long address)
    {
        if (!block.StartsWith(signature))
            throw new InvalidDataException($"expected {System.Text.Encoding.ASCII.GetString(signature)} at address {address}");
    }

    public void Dispose() => _handle.Dispose();

    private InvalidDataException OutOfFile(long address, long count) =>
        new($"{count} bytes at address {address} lie outside of the file ({Length} bytes)");
}
