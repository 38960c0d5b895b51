namespace ConvNets.Engines;

/// <summary>Lays out blocks of memory that are needed at different times in one buffer, so that blocks whose times do not meet may share a place.</summary>
internal sealed class Arena
{
    private readonly List<Block> _blocks = [];

    /// <summary>Asks for a block from one time to another, both included.</summary>
    public Block Reserve(long size, int from, int to)
    {
        var block = new Block(Math.Max(size, 1), from, to);
        _blocks.Add(block);
        return block;
    }

    /// <summary>Gives every block a place: the largest first, each at the lowest place that is free during its time.</summary>
    public AlignedBuffer Allocate()
    {
        var placed = new List<Block>();
        long total = 0;
        foreach (Block block in _blocks.OrderByDescending(b => b.Size))
        {
            long offset = 0;
            foreach (Block other in placed.Where(p => p.From <= block.To && block.From <= p.To).OrderBy(p => p.Offset))
            {
                if (offset + block.Size <= other.Offset)
                    break;
                offset = Math.Max(offset, other.Offset + other.Size);
            }
            block.Offset = offset;
            total = Math.Max(total, offset + block.Size);
            placed.Add(block);
        }
        return new AlignedBuffer(total);
    }

    /// <summary>A block of the arena.</summary>
    internal sealed class Block(long size, int from, int to)
    {
        /// <summary>Floats, a whole number of cache lines.</summary>
        public long Size { get; } = (size + 15) / 16 * 16;

        public int From { get; private set; } = from;

        public int To { get; private set; } = to;

        public long Offset { get; set; }

        /// <summary>Makes the block needed at another time too, and between.</summary>
        public void Extend(int time) => (From, To) = (Math.Min(From, time), Math.Max(To, time));
    }
}
