using System.Numerics;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>
/// Walks an extensible array: the index of chunks of a dataset that may grow without limit in one dimension. Its elements stand in the
/// index block, then in data blocks, which are grouped in super blocks; both grow in powers of two.
/// </summary>
internal sealed class ExtensibleArray
{
    private readonly FileBytes _file;
    private readonly Budget _budget;
    private readonly bool _filtered;
    private readonly ArrayElement _element;
    private readonly long _header;
    private readonly int _elementSize;
    private readonly int _offsetBytes;
    private readonly int _indexElements;
    private readonly long _minElements;
    private readonly int _minPointers;
    private readonly long _pageElements;
    private readonly int _superBlocks;
    private readonly long _indexBlock;
    private readonly long _stored;

    private ExtensibleArray(FileBytes file, long address, bool filtered, ArrayElement element, Budget budget)
    {
        _file = file;
        _budget = budget;
        _filtered = filtered;
        _element = element;
        _header = address;
        var head = new ByteCursor(file.ReadChecked(address, 16L + (6 * file.LengthSize) + file.OffsetSize, "EAHD"u8), file);
        head.Skip(4);
        int version = head.U8();
        byte client = head.U8();
        _elementSize = head.U8();
        int maxBits = head.U8();
        _indexElements = head.U8();
        _minElements = head.U8();
        _minPointers = head.U8();
        int pageBits = head.U8();
        head.Skip(4 * file.LengthSize);
        _stored = head.Length();
        head.Skip(file.LengthSize);
        _indexBlock = head.Address();
        ArrayElements.Require(file, version, client, _elementSize, filtered);
        if (maxBits is 0 or > 64 || pageBits is 0 or > 30 || _minElements == 0 || !BitOperations.IsPow2(_minElements)
            || _minPointers < 2 || !BitOperations.IsPow2(_minPointers) || BitOperations.Log2((ulong)_minElements) > maxBits)
            throw new InvalidDataException($"the index of chunks at address {address} has impossible sizes");
        _offsetBytes = (maxBits + 7) / 8;
        _pageElements = 1L << pageBits;
        _superBlocks = 1 + maxBits - BitOperations.Log2((ulong)_minElements);
    }

    public static void Walk(FileBytes file, long address, bool filtered, ArrayElement element, Budget budget)
    {
        var array = new ExtensibleArray(file, address, filtered, element, budget);
        if (array._indexBlock >= 0)
            array.WalkIndexBlock();
    }

    /// <summary>The number of elements in each data block of a super block.</summary>
    private long BlockElements(int superBlock) => _minElements << ((superBlock + 1) / 2);

    private static long BlockCount(int superBlock) => 1L << (superBlock / 2);

    private void WalkIndexBlock()
    {
        // The data blocks of the first super blocks are named by the index block itself.
        int direct = Math.Min(2 * BitOperations.Log2((uint)_minPointers), _superBlocks);
        long blocks = 0;
        for (int i = 0; i < direct; i++)
            blocks += BlockCount(i);
        int o = _file.OffsetSize;
        long size = 6 + o + (_indexElements * (long)_elementSize) + (blocks * o) + ((_superBlocks - direct) * (long)o) + 4;
        var cursor = new ByteCursor(_file.ReadChecked(_indexBlock, size, "EAIB"u8), _file);
        RequireOwn(ref cursor);
        ArrayElements.Read(ref cursor, _file, 0, _indexElements, _elementSize, _filtered, _element);
        long first = _indexElements;
        for (int i = 0; i < direct; i++)
        {
            for (long block = 0; block < BlockCount(i); block++, first += BlockElements(i))
                WalkDataBlock(cursor.Address(), first, BlockElements(i), default);
        }

        for (int i = direct; i < _superBlocks && first < _stored; i++)
        {
            WalkSuperBlock(cursor.Address(), first, i);
            first += BlockElements(i) * BlockCount(i);
        }
    }

    private void WalkSuperBlock(long address, long first, int number)
    {
        if (address < 0)
            return;
        _budget.Check();
        long blocks = BlockCount(number), elements = BlockElements(number), pages = elements > _pageElements ? elements / _pageElements : 0;
        long bitmap = blocks * ((pages + 7) / 8);
        if (blocks > _file.Length)
            throw new InvalidDataException("the index of chunks lies outside of the file");
        long size = 6 + _file.OffsetSize + _offsetBytes + bitmap + (blocks * _file.OffsetSize) + 4;
        var cursor = new ByteCursor(_file.ReadChecked(address, size, "EASB"u8), _file);
        RequireOwn(ref cursor);
        cursor.Skip(_offsetBytes);
        byte[] used = cursor.Take(bitmap).ToArray();
        for (long block = 0; block < blocks; block++, first += elements)
            WalkDataBlock(cursor.Address(), first, elements, page => ArrayElements.IsSet(used, (block * pages) + page));
    }

    private void WalkDataBlock(long address, long first, long count, Func<long, bool>? isUsed)
    {
        if (address < 0)
            return;
        _budget.Check();
        long prefix = 6 + _file.OffsetSize + _offsetBytes;
        if (count > _file.Length)
            throw new InvalidDataException("the index of chunks lies outside of the file");
        if (count <= _pageElements)
        {
            var whole = new ByteCursor(_file.ReadChecked(address, prefix + (count * _elementSize) + 4, "EADB"u8), _file);
            RequireOwn(ref whole);
            whole.Skip(_offsetBytes);
            ArrayElements.Read(ref whole, _file, first, count, _elementSize, _filtered, _element);
            return;
        }

        var head = new ByteCursor(_file.ReadChecked(address, prefix + 4, "EADB"u8), _file);
        RequireOwn(ref head);
        long at = address + prefix + 4, size = (_pageElements * _elementSize) + 4;
        for (long page = 0; page < count / _pageElements; page++, at += size)
        {
            _budget.Check();
            if (isUsed?.Invoke(page) == false)
                continue;
            var bytes = _file.Read(at, size);
            Checksums.Require(bytes, "a page of the index of chunks", at);
            var elements = new ByteCursor(bytes, _file);
            ArrayElements.Read(ref elements, _file, first + (page * _pageElements), _pageElements, _elementSize, _filtered, _element);
        }
    }

    private void RequireOwn(ref ByteCursor cursor)
    {
        cursor.Skip(6);
        if (cursor.Address() != _header)
            throw new InvalidDataException("a block of the index of chunks belongs to another");
    }
}
