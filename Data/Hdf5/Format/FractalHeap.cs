using System.Numerics;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>A heap that holds the links of a large group or the attributes of an object that has many.</summary>
internal sealed class FractalHeap
{
    private const byte HugeObjects = 1;

    private readonly FileBytes _file;
    private readonly Budget _budget;
    private readonly long _address;
    private readonly int _idLength;
    private readonly long _hugeTree;
    private readonly int _width;
    private readonly long _startSize;
    private readonly long _maxDirectSize;
    private readonly int _offsetBytes;
    private readonly int _lengthBytes;
    private readonly long _root;
    private readonly int _rootRows;
    private readonly int _directRows;
    private readonly bool _checked;
    private readonly Dictionary<long, (byte[] Block, long Start)> _blocks = [];
    private readonly Dictionary<long, byte[]> _indirect = [];
    private Dictionary<long, (long Address, long Length)>? _huge;
    private long _loaded;

    public FractalHeap(FileBytes file, long address, Budget budget)
    {
        _file = file;
        _budget = budget;
        _address = address;
        int o = file.OffsetSize, l = file.LengthSize;
        var cursor = new ByteCursor(file.ReadChecked(address, 26 + (3L * o) + (12L * l), "FRHP"u8), file);
        cursor.Skip(4);
        int version = cursor.U8();
        _idLength = cursor.U16();
        int filterLength = cursor.U16();
        _checked = (cursor.U8() & 2) != 0;
        uint maxManaged = cursor.U32();
        cursor.Length();
        _hugeTree = cursor.Address();
        cursor.Skip(l + o + (8 * l));
        _width = cursor.U16();
        _startSize = cursor.Length();
        _maxDirectSize = cursor.Length();
        int maxBits = cursor.U16();
        cursor.Skip(2);
        _root = cursor.Address();
        _rootRows = cursor.U16();
        if (version != 0 || _idLength == 0)
            throw new InvalidDataException($"the heap at address {address} is of version {version}");
        if (filterLength != 0)
            throw new NotSupportedException("a compressed heap is not read");
        if (_width is 0 or > 1 << 15 || maxBits is 0 or > 64 || !BitOperations.IsPow2(_width) || !IsSize(_startSize) || !IsSize(_maxDirectSize)
            || _maxDirectSize < _startSize || _rootRows > 64 || maxManaged == 0)
            throw new InvalidDataException($"the heap at address {address} has blocks of {_startSize} to {_maxDirectSize} bytes in rows of {_width}");
        _offsetBytes = (maxBits + 7) / 8;
        _lengthBytes = Math.Min((BitOperations.Log2((ulong)_maxDirectSize) + 7) / 8, (BitOperations.Log2(maxManaged) / 8) + 1);
        _directRows = BitOperations.Log2((ulong)_maxDirectSize) - BitOperations.Log2((ulong)_startSize) + 2;
    }

    /// <summary>The object of an identifier that an index holds.</summary>
    public ReadOnlyMemory<byte> Read(ReadOnlySpan<byte> id)
    {
        _budget.Check();
        if (id.Length < _idLength)
            throw new InvalidDataException("the identifier of an object in a heap is too short");
        id = id[.._idLength];
        var cursor = new ByteCursor(id, _file);
        int kind = cursor.U8();
        if (kind >> 6 != 0)
            throw new InvalidDataException("the identifier of an object in a heap is of an unknown version");
        switch ((kind >> 4) & 3)
        {
            case 0:
                long offset = cursor.Length(_offsetBytes), length = cursor.Length(_lengthBytes);
                var (block, start) = Locate(offset);
                return offset - start <= block.Length && length <= block.Length - (offset - start)
                    ? block.AsMemory((int)(offset - start), (int)length)
                    : throw new InvalidDataException("an object in a heap lies outside of its block");
            case HugeObjects:
                return ReadHuge(cursor);
            case 2:
                // Short identifiers keep the length in four bits, long ones in twelve.
                int tiny = _idLength <= 17 ? kind & 15 : ((kind & 15) << 8) | cursor.U8();
                return cursor.Take(tiny + 1).ToArray();
            default:
                throw new InvalidDataException("an object in a heap is of an unknown kind");
        }
    }

    private static bool IsSize(long size) => size is > 0 and <= 1L << 31 && BitOperations.IsPow2(size);

    private byte[] ReadHuge(ByteCursor id)
    {
        long address, length;
        if (_idLength - 1 >= _file.OffsetSize + _file.LengthSize)
        {
            (address, length) = (id.Address(), id.Length());
        }
        else
        {
            _huge ??= ReadHugeIndex();
            long key = id.Length(Math.Min(_idLength - 1, 8));
            if (!_huge.TryGetValue(key, out var found))
                throw new InvalidDataException("a large object in a heap is missing");
            (address, length) = found;
        }

        if ((_loaded += length) > _file.Length)
            throw new InvalidDataException("the large objects of a heap are larger than the file");
        return _file.Read(address, length);
    }

    private Dictionary<long, (long Address, long Length)> ReadHugeIndex()
    {
        var index = new Dictionary<long, (long, long)>();
        BTree2.Walk(_file, _hugeTree, HugeObjects, record =>
        {
            var cursor = new ByteCursor(record, _file);
            long address = cursor.Address(), length = cursor.Length();
            index[cursor.Length()] = (address, length);
        }, _budget);
        return index;
    }

    /// <summary>The direct block that holds an offset of the heap, and the offset at which it starts.</summary>
    private (byte[] Block, long Start) Locate(long offset)
    {
        if (_rootRows == 0)
            return Load(_root, 0, _startSize);
        long address = _root, start = 0;
        for (int rows = _rootRows; ;)
        {
            _budget.Check();
            long within = offset - start;
            int row = Row(within);
            if (row >= rows)
                throw new InvalidDataException("an object lies outside of its heap");
            long size = RowBlockSize(row);
            long column = (within - RowStart(row)) / size;
            address = ReadChild(address, rows, row, column);
            start += RowStart(row) + (column * size);
            if (row < _directRows)
                return Load(address, start, size);
            rows = BitOperations.Log2((ulong)size) - BitOperations.Log2((ulong)(_startSize * _width)) + 1;
        }
    }

    private int Row(long offset) => offset < _startSize * _width ? 0 : BitOperations.Log2((ulong)(offset / (_startSize * _width))) + 1;

    private long RowBlockSize(int row) => row == 0 ? _startSize : _startSize << (row - 1);

    private long RowStart(int row) => row == 0 ? 0 : (_startSize * _width) << (row - 1);

    private long ReadChild(long address, int rows, int row, long column)
    {
        int head = 5 + _file.OffsetSize + _offsetBytes;
        if (!_indirect.TryGetValue(address, out byte[]? block))
            _indirect[address] = block = _file.ReadChecked(address, head + ((long)rows * _width * _file.OffsetSize) + 4, "FHIB"u8);
        var cursor = new ByteCursor(block, _file);
        cursor.Skip(5);
        RequireOwn(cursor.Address());
        cursor.Skip(_offsetBytes + (((row * _width) + column) * _file.OffsetSize));
        long child = cursor.Address();
        return child >= 0 ? child : throw new InvalidDataException("an object lies in a block of its heap that was never written");
    }

    private (byte[] Block, long Start) Load(long address, long start, long size)
    {
        if (_blocks.TryGetValue(address, out var known))
        {
            return known.Start == start && known.Block.Length == size
                ? known
                : throw new InvalidDataException($"the block of a heap at address {address} stands for two");
        }

        var block = _file.ReadBlock(address, size, "FHDB"u8);
        var cursor = new ByteCursor(block, _file);
        cursor.Skip(4);
        if (cursor.U8() != 0)
            throw new InvalidDataException($"the block of a heap at address {address} is of an unknown version");
        RequireOwn(cursor.Address());
        if (cursor.Length(_offsetBytes) != start)
            throw new InvalidDataException($"the block of a heap at address {address} stands for another");
        if (_checked)
            RequireChecksum(block, cursor.Position, address);
        return _blocks[address] = (block, start);
    }

    /// <summary>A direct block's checksum stands in its head and counts as zero there.</summary>
    private static void RequireChecksum(byte[] block, int at, long address)
    {
        if (block.Length < at + 4)
            throw new InvalidDataException($"the block of a heap at address {address} is too short");
        var field = block.AsSpan(at, 4);
        uint stored = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(field);
        field.Clear();
        if (Checksums.Lookup3(block) != stored)
            throw new InvalidDataException($"the checksum of a heap's block at address {address} is wrong");
    }

    private void RequireOwn(long heap)
    {
        if (heap != _address)
            throw new InvalidDataException("a block of a heap belongs to another");
    }
}
