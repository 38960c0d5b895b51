using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ConvNets.Engines;

/// <summary>Lines of the caches: memory that will be read soon is asked for while something else is computed.</summary>
internal static unsafe class CacheLines
{
    /// <summary>Bytes of a line.</summary>
    public const int Bytes = 64;

    /// <summary>Floats of a line.</summary>
    public const int Floats = Bytes / sizeof(float);

    /// <summary>
    /// Asks for some lines to come to the second-level cache, where the first has no room for them; few at a time, since a processor waits for but some of them at once. Memory that is not
    /// the program's is ignored, as are processors without the instruction.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* from, int lines)
    {
        if (!Sse.IsSupported)
            return;
        for (float* end = from + lines * Floats; from < end; from += Floats)
            Sse.Prefetch1(from);
    }
}
