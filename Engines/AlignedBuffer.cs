using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>Floats outside the garbage-collected heap, at a multiple of 64 bytes (a cache line, and the widest vector), cleared at first.</summary>
internal sealed unsafe class AlignedBuffer : SafeHandle
{
    private const int Alignment = 64;

    // Kernels load whole vectors, up to two of sixteen floats from a row's last value on.
    public const int Slack = 64;

    public AlignedBuffer(long length) : base(0, ownsHandle: true)
    {
        Length = length;
        nuint bytes = Bytes;
        SetHandle((nint)NativeMemory.AlignedAlloc(bytes, Alignment));
        NativeMemory.Clear((void*)handle, bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    public long Length { get; }

    private nuint Bytes => (nuint)(Length + Slack) * sizeof(float);

    public override bool IsInvalid => handle == 0;

    public float* Pointer => (float*)handle;

    /// <summary>The first <paramref name="length"/> floats.</summary>
    public Span<float> Span(int length) => new((float*)handle, length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure((long)Bytes);
        return true;
    }
}
