using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The random numbers of one layer: four at each position of a sequence that is another one in each training step.</summary>
internal sealed class RandomStream(long seed, int index, Parameters parameters)
{
    private long _stream;

    /// <summary>Takes the sequence of the step that begins.</summary>
    public void Begin() => _stream = Philox.LayerStream(index, parameters.Step);

    /// <summary>The four numbers at a position.</summary>
    public void Draw(long position, Span<uint> block) => Philox.Block(seed, _stream, position, block);

    /// <summary>A generator over the step's sequence.</summary>
    public Philox Generator => new(seed, _stream);

    /// <summary>A number in [0, 1), a multiple of 2⁻²⁴.</summary>
    public static float Uniform(uint bits) => (bits >> 8) * (1f / (1 << 24));
}
