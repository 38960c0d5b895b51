namespace ConvNets.Data.Hdf5.Format;

/// <summary>Walks a version-1 B-tree: of a group's names, or of a dataset's chunks.</summary>
internal sealed class BTree1(FileBytes file, Budget budget, byte type, int keySize)
{
    public delegate void LeafEntry(ReadOnlySpan<byte> key, long child);

    private readonly HashSet<long> _seen = [];

    /// <summary>Calls back with each entry of the leaves, in order.</summary>
    public void Walk(long root, LeafEntry entry) => Walk(root, expectedLevel: -1, entry);

    private void Walk(long address, int expectedLevel, LeafEntry entry)
    {
        budget.Check();
        if (!_seen.Add(address))
            throw new InvalidDataException($"the B-tree at address {address} runs in circles");
        int headSize = 8 + (2 * file.OffsetSize);
        var head = new ByteCursor(file.ReadBlock(address, headSize, "TREE"u8), file);
        head.Skip(4);
        byte foundType = head.U8();
        int level = head.U8(), count = head.U16();
        if (foundType != type || (expectedLevel >= 0 && level != expectedLevel))
            throw new InvalidDataException($"the B-tree node at address {address} is of type {foundType}, level {level}");
        var nodes = new ByteCursor(file.Read(address + headSize, (count * (long)(keySize + file.OffsetSize)) + keySize), file);
        for (int i = 0; i < count; i++)
        {
            var key = nodes.Take(keySize);
            long child = nodes.Address();
            if (level > 0)
                Walk(child, level - 1, entry);
            else
                entry(key, child);
        }
    }
}
