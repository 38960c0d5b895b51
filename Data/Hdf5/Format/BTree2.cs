using System.Numerics;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>Walks a version-2 B-tree.</summary>
internal sealed class BTree2
{
    /// <summary>Signature, version, type and checksum of a node.</summary>
    private const int NodeOverhead = 10;

    private readonly FileBytes _file;
    private readonly Budget _budget;
    private readonly byte _type;
    private readonly HashSet<long> _seen = [];
    private readonly int _recordSize;
    private readonly uint _nodeSize;
    private readonly int _countSize;
    private readonly int[] _totalSizes;
    private readonly int _depth;
    private readonly long _root;
    private readonly int _rootRecords;

    private BTree2(FileBytes file, Budget budget, byte type, long address)
    {
        _file = file;
        _budget = budget;
        _type = type;
        var cursor = new ByteCursor(file.ReadChecked(address, 22L + file.OffsetSize + file.LengthSize, "BTHD"u8), file);
        cursor.Skip(4);
        int version = cursor.U8();
        byte foundType = cursor.U8();
        _nodeSize = cursor.U32();
        _recordSize = cursor.U16();
        _depth = cursor.U16();
        cursor.Skip(2);
        _root = cursor.Address();
        _rootRecords = cursor.U16();
        if (version != 0 || foundType != type || _recordSize == 0 || _nodeSize <= NodeOverhead + _recordSize || _depth > 32)
            throw new InvalidDataException($"the B-tree at address {address} is of version {version}, type {foundType}, depth {_depth}");

        // The sizes of the counts in a node follow from how many records fit below it.
        long max = (_nodeSize - NodeOverhead) / _recordSize, total = max;
        _countSize = ByteSize(max);
        _totalSizes = new int[_depth + 1];
        for (int level = 1; level <= _depth; level++)
        {
            int pointer = PointerSize(level);
            max = (_nodeSize - NodeOverhead - pointer) / (_recordSize + pointer);
            total = max <= 0 || total > long.MaxValue / (max + 2) ? throw new InvalidDataException("a B-tree is too deep") : ((max + 1) * total) + max;
            _totalSizes[level] = ByteSize(total);
        }
    }

    public delegate void Record(ReadOnlySpan<byte> record);

    /// <summary>Calls back with each record, in order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">The tree's header.</param>
    /// <param name="type">The type of records that is expected.</param>
    /// <param name="record">Receives the records.</param>
    /// <param name="budget">The time left.</param>
    public static void Walk(FileBytes file, long address, byte type, Record record, Budget budget)
    {
        var tree = new BTree2(file, budget, type, address);
        if (tree._root >= 0)
            tree.WalkNode(tree._root, tree._rootRecords, tree._depth, record);
    }

    private static int ByteSize(long value) => (BitOperations.Log2((ulong)value) / 8) + 1;

    private int PointerSize(int level) => _file.OffsetSize + _countSize + (level > 1 ? _totalSizes[level - 1] : 0);

    private void WalkNode(long address, int count, int level, Record record)
    {
        _budget.Check();
        if (!_seen.Add(address))
            throw new InvalidDataException($"the B-tree node at address {address} runs in circles");
        int pointer = level == 0 ? 0 : PointerSize(level);
        long size = NodeOverhead + (count * (long)_recordSize) + (level == 0 ? 0 : (count + 1L) * pointer);
        if (size > _nodeSize)
            throw new InvalidDataException($"the B-tree node at address {address} has {count} records, more than fit");
        var node = _file.ReadChecked(address, size, level == 0 ? "BTLF"u8 : "BTIN"u8);
        var cursor = new ByteCursor(node, _file);
        cursor.Skip(4);
        if (cursor.U8() != 0 || cursor.U8() != _type)
            throw new InvalidDataException($"the B-tree node at address {address} is of another type");
        if (level == 0)
        {
            for (int i = 0; i < count; i++)
                record(cursor.Take(_recordSize));
            return;
        }

        var pointers = new ByteCursor(node.AsSpan(6 + (count * _recordSize)), _file);
        for (int i = 0; i <= count; i++)
        {
            long child = pointers.Address();
            int childCount = (int)Math.Min(pointers.Length(_countSize), int.MaxValue);
            if (level > 1)
                pointers.Skip(_totalSizes[level - 1]);
            WalkNode(child, childCount, level - 1, record);
            if (i < count)
                record(cursor.Take(_recordSize));
        }
    }
}
