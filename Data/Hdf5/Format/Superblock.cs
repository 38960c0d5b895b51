namespace ConvNets.Data.Hdf5.Format;

/// <summary>The beginning of a file: sizes of addresses and lengths, and where the root group is.</summary>
internal sealed class Superblock
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    private Superblock(int version, long rootHeader, long extension, long driverInformation)
    {
        Version = version;
        RootHeader = rootHeader;
        Extension = extension;
        DriverInformation = driverInformation;
    }

    public int Version { get; }

    /// <summary>The address of the root group's header.</summary>
    public long RootHeader { get; }

    /// <summary>The address of the header of the superblock's extension, or −1.</summary>
    public long Extension { get; }

    /// <summary>The address of the block that says how the file is cut in several files, or −1.</summary>
    public long DriverInformation { get; }

    /// <summary>Finds and reads the superblock and sets the file's base address and sizes.</summary>
    /// <exception cref="InvalidDataException">There is none, it is damaged, or the file is shorter than it says.</exception>
    public static Superblock Read(FileBytes file)
    {
        long userBlock = Find(file);
        file.StartAt(userBlock);

        Span<byte> fixedPart = stackalloc byte[16];
        file.Read(0, fixedPart);
        int version = fixedPart[8];
        int offsetSize = version < 2 ? fixedPart[13] : fixedPart[9];
        int lengthSize = version < 2 ? fixedPart[14] : fixedPart[10];
        if (version > 3)
            throw new InvalidDataException($"superblock version {version} is not known; 0 to 3 are");
        if (offsetSize is not (2 or 4 or 8) || lengthSize is not (2 or 4 or 8))
            throw new InvalidDataException($"addresses of {offsetSize} and lengths of {lengthSize} bytes are not read; 2, 4 and 8 are");
        file.OffsetSize = offsetSize;
        file.LengthSize = lengthSize;
        return version < 2 ? ReadOld(file, version, userBlock) : ReadNew(file, version, userBlock);
    }

    private static long Find(FileBytes file)
    {
        // A block of the user's own may stand before: 512 bytes, or any power of two above.
        Span<byte> found = stackalloc byte[8];
        for (long at = 0; file.Contains(at, 16); at = at == 0 ? 512 : at * 2)
        {
            file.Read(at, found);
            if (found.SequenceEqual(Signature))
                return at;
        }

        throw new InvalidDataException("not an HDF5 file (it has no HDF5 signature)");
    }

    private static Superblock ReadOld(FileBytes file, int version, long userBlock)
    {
        int head = version == 0 ? 24 : 28;
        var cursor = new ByteCursor(file.Read(0, head + (6L * file.OffsetSize)), file);
        cursor.Skip(head);
        long baseAddress = cursor.Address();
        cursor.Address(); // free space
        RequireWhole(file, cursor.Address(), baseAddress, userBlock);
        long driver = cursor.Address();
        cursor.Address(); // the root's name
        return new Superblock(version, cursor.Address(), extension: -1, driver);
    }

    private static Superblock ReadNew(FileBytes file, int version, long userBlock)
    {
        var block = file.Read(0, 12 + (4L * file.OffsetSize) + 4);
        Checksums.Require(block, "the superblock", 0);
        var cursor = new ByteCursor(block, file);
        cursor.Skip(12);
        long baseAddress = cursor.Address();
        long extension = cursor.Address();
        RequireWhole(file, cursor.Address(), baseAddress, userBlock);
        return new Superblock(version, cursor.Address(), extension, driverInformation: -1);
    }

    /// <summary>Refuses a truncated file. The stored end counts from where the file began when it was written, user block included.</summary>
    private static void RequireWhole(FileBytes file, long storedEnd, long baseAddress, long userBlock)
    {
        if (baseAddress < 0 || storedEnd < 0)
            throw new InvalidDataException("the superblock does not say where the file begins and ends");
        if (storedEnd - baseAddress > file.Length)
            throw new InvalidDataException($"the file is truncated: it has {file.Length + userBlock} bytes, but was written with {storedEnd - baseAddress + userBlock}");
    }
}
