using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>
/// A batch's <see cref="PatchMoments"/> as the sum of each image's own, which are remembered: of images that come again, epoch after epoch, they are computed once. An image is known by
/// 128 bits of hash of its pixels, so one that was changed, wherever it lies, is another one.
/// </summary>
/// <remarks>
/// It is made for as many images as an epoch has. When more come, they have changed between epochs, and it begins anew: its memory is bounded. A batch's sum has the same bits whether its
/// images are remembered or not, so that a run that is resumed goes on as the one that was not interrupted.
/// </remarks>
internal sealed unsafe class PatchCache : PatchMoments
{
    private readonly WorkerTeam _team;
    private readonly KernelSet _kernels;
    private readonly int _rows;
    private readonly int _run;
    private readonly int _depth;
    private readonly int _imageSize;
    private readonly long _entrySize;
    private readonly int _entries;
    private readonly AlignedBuffer _memory;
    private readonly Dictionary<UInt128, int> _entryOf;
    private readonly UInt128[] _keys;
    private readonly int[] _places;
    private readonly int[] _missing;
    private readonly PatchGram[] _ofWorker;
    private readonly ScratchOf[] _scratchOfWorker;
    private readonly Action<int, int> _hash;
    private readonly Action<int, int> _compute;
    private readonly Action<int, int> _sum;
    private int _count;
    private int _missingCount;
    private float* _x;
    private ScratchOf _scratch = null!;

    public PatchCache(PlanContext context, WindowShape shape) : base(context, shape)
    {
        (_team, _kernels, _hash, _compute, _sum) = (context.Team, context.Kernels, Hash, Compute, Sum);
        (_rows, _run, _depth, _imageSize) = (shape.KernelHeight, shape.KernelWidth * shape.Channels, shape.Depth, shape.Height * shape.Width * shape.Channels);
        (_entrySize, _entries) = (EntrySize(shape), Entries(context));
        _memory = context.Own(new AlignedBuffer(_entries * _entrySize, cleared: false));
        _entryOf = new Dictionary<UInt128, int>(_entries);
        (_keys, _places, _missing) = (new UInt128[context.Capacity], new int[context.Capacity], new int[context.Capacity]);
        _ofWorker = [.. Enumerable.Range(0, _team.Threads).Select(_ => new PatchGram(context, shape, 1, WorkerTeam.Of(1)))];
        _scratchOfWorker = [.. Enumerable.Range(0, _team.Threads).Select(worker => new ScratchOf(_ => _scratch(worker)))];
    }

    /// <summary>Whether the images of an epoch come again, for all that is known, and what is remembered of them fits in the memory that it may take.</summary>
    public static bool Suits(PlanContext context, WindowShape shape) =>
        context is { Samples: not null, DrawsRandomNumbers: false } && Entries(context) * EntrySize(shape) * sizeof(float) <= context.Options.PatchCacheBytes;

    public override long WorkerScratchSize => Math.Max(_ofWorker[0].WorkerScratchSize, (long)_run * _depth);

    public override void Run(int count, float* x, ScratchOf scratch)
    {
        _x = x;
        (_count, _scratch) = (count, scratch);
        _team.Run(count, _hash);
        if (!TryPlace())
        {
            _entryOf.Clear();
            TryPlace();
        }
        _team.Run(_missingCount, _compute);
        _team.Run(_rows + 1, _sum);
    }

    private static int Entries(PlanContext context) => Math.Max(context.Samples ?? 0, context.Capacity);

    /// <summary>Floats of an image's entry: of G, which is symmetric, each row from the first column of its own row of the kernel on; and S. In whole cache lines.</summary>
    private static long EntrySize(WindowShape shape)
    {
        long run = shape.KernelWidth * shape.Channels, rows = shape.KernelHeight;
        return (run * run * rows * (rows + 1) / 2 + shape.Depth + 15) / 16 * 16;
    }

    /// <summary>Where the rows of G that belong to a row of the kernel are in an entry; behind the last, S.</summary>
    private int Start(int u) => _run * _run * (u * _rows - u * (u - 1) / 2);

    private float* Entry(int index) => _memory.Pointer + index * _entrySize;

    private void Hash(int image, int worker) => _keys[image] = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(_x + (long)image * _imageSize, _imageSize)));

    /// <summary>Finds or makes each image's entry.</summary>
    /// <returns>False where there is no room for all.</returns>
    private bool TryPlace()
    {
        _missingCount = 0;
        for (int image = 0; image < _count; image++)
        {
            if (!_entryOf.TryGetValue(_keys[image], out int entry))
            {
                if (_entryOf.Count == _entries)
                    return false;
                entry = _entryOf.Count;
                _entryOf.Add(_keys[image], entry);
                _missing[_missingCount++] = image;
            }
            _places[image] = entry;
        }
        return true;
    }

    private void Compute(int index, int worker)
    {
        int image = _missing[index];
        PatchGram gram = _ofWorker[worker];
        gram.Run(1, _x + (long)image * _imageSize, _scratchOfWorker[worker]);
        float* to = Entry(_places[image]);
        for (int k = 0; k < _depth; k++)
        {
            int first = k / _run * _run;
            new Span<float>(gram.Gram + (long)k * _depth + first, _depth - first).CopyTo(new Span<float>(to, _depth - first));
            to += _depth - first;
        }
        new Span<float>(gram.Sums, _depth).CopyTo(new Span<float>(to, _depth));
    }

    /// <summary>Adds up the images' rows of G that belong to a row of the kernel; behind the last, S.</summary>
    private void Sum(int u, int worker)
    {
        int start = Start(u), first = u * _run, size = u == _rows ? _depth : _run * (_depth - first);
        float* total = u == _rows ? Sums : _scratch(worker);
        new Span<float>(Entry(_places[0]) + start, size).CopyTo(new Span<float>(total, size));
        for (int image = 1; image < _count; image++)
            _kernels.Flat.Add(Entry(_places[image]) + start, total, size);
        for (int k = first; k < first + _run && u < _rows; k++)
        {
            for (int other = first; other < _depth; other++)
                Gram[(long)k * _depth + other] = Gram[(long)other * _depth + k] = *total++;
        }
    }
}
