using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The random numbers of one layer: four at each position of a sequence that is another one in each training step.</summary>
internal sealed unsafe class RandomStream(RandomKernels kernels, long seed, int index, Parameters parameters)
{
    private long _stream;

    /// <summary>Takes the sequence of the step that begins.</summary>
    public void Begin() => _stream = Philox.LayerStream(index, parameters.Step);

    /// <summary>The four numbers at a position.</summary>
    public void Draw(long position, Span<uint> block) => Philox.Block(seed, _stream, position, block);

    /// <summary>The numbers at some positions, four at each.</summary>
    public void Draw(long position, uint* numbers, int positions) => kernels.Draw((ulong)seed, (ulong)_stream, (ulong)position, numbers, positions);

    /// <summary>A generator over the step's sequence.</summary>
    public Philox Generator => new(seed, _stream);

    /// <summary>A number in a range.</summary>
    public static double Between(FactorRange range, uint bits) => range.Lower + (range.Upper - range.Lower) * Philox.Uniform(bits);
}
