using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>
/// Floats outside the garbage-collected heap, at a multiple of 64 bytes (a cache line, and the widest vector). Large buffers ask Linux for huge pages: kernels walk over
/// several rows of an image at once, which are many small pages, more than a processor remembers the places of.
/// </summary>
internal sealed unsafe partial class AlignedBuffer : SafeHandle
{
    private const int Alignment = 64;

    private const nuint HugePage = 2 << 20;

    /// <summary>Memory is mapped in pages of at least so many bytes.</summary>
    public const int Page = 4 << 10;

    // MADV_HUGEPAGE of madvise(2).
    private const int AdviseHugePages = 14;

    // Kernels load whole vectors, up to two of sixteen floats from a row's last value on.
    public const int Slack = 64;

    /// <param name="length">How many floats.</param>
    /// <param name="cleared">Whether they are 0 at first; memory that is not takes no room before it is written to.</param>
    public AlignedBuffer(long length, bool cleared = true) : base(0, ownsHandle: true)
    {
        Length = length;
        nuint bytes = Bytes;
        bool isLarge = bytes >= 2 * HugePage && OperatingSystem.IsLinux();

        // Caches find a line by its place in a page: where buffers begin at a page, they get in each other's way alike in every run.
        SetHandle((nint)NativeMemory.AlignedAlloc(bytes, isLarge ? HugePage : bytes >= 16 * Page ? (nuint)Page : Alignment));

        // A system that does not know the advice refuses it, and small pages serve as well.
        if (isLarge)
            _ = Advise((void*)handle, bytes / HugePage * HugePage, AdviseHugePages);
        if (cleared)
            NativeMemory.Clear((void*)handle, bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    public long Length { get; }

    private nuint Bytes => (nuint)(Length + Slack) * sizeof(float);

    public override bool IsInvalid => handle == 0;

    public float* Pointer => (float*)handle;

    /// <summary>The first <paramref name="length"/> floats.</summary>
    public Span<float> Span(int length) => new((float*)handle, length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure((long)Bytes);
        return true;
    }
}
