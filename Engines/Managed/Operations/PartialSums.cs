namespace ConvNets.Engines;

/// <summary>Sums over a batch that are computed in a fixed number of pieces, each in memory of its own, and added in order: the result does not depend on the number of threads.</summary>
internal sealed unsafe class PartialSums(PlanContext context, int length)
{
    private const int MostPieces = 16;

    /// <summary>How many pieces there are.</summary>
    public int Pieces { get; } = Math.Clamp(context.Capacity, 1, MostPieces);

    /// <summary>Floats that all pieces take.</summary>
    public long ScratchSize => (long)Pieces * Stride;

    /// <summary>The samples of a piece.</summary>
    public (int First, int End) Samples(int piece, int count) => ((int)((long)piece * count / Pieces), (int)((piece + 1L) * count / Pieces));

    /// <summary>A piece's sums, set to 0.</summary>
    public float* Cleared(float* scratch, int piece)
    {
        float* sums = scratch + (long)piece * Stride;
        new Span<float>(sums, length).Clear();
        return sums;
    }

    /// <summary>Adds up some of the pieces' sums.</summary>
    /// <param name="scratch">The memory of all pieces.</param>
    /// <param name="first">The first sum.</param>
    /// <param name="count">How many sums.</param>
    /// <param name="total">Where they go; nowhere when null.</param>
    public void Total(float* scratch, int first, int count, float* total)
    {
        for (int i = 0; i < count && total != null; i++)
        {
            double sum = 0;
            for (int piece = 0; piece < Pieces; piece++)
                sum += scratch[(long)piece * Stride + first + i];
            total[i] = (float)sum;
        }
    }

    private long Stride => (length + 15L) / 16 * 16;
}
