using System.Runtime.InteropServices;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Values of a number of samples of one shape, in row-major order, the samples first: what Keras's users hold in a NumPy array.</summary>
public sealed class Tensor
{
    private ByteValues? _bytes;
    private int _passes;

    /// <summary>Makes a tensor over values, without a copy.</summary>
    /// <param name="values">The values, sample after sample.</param>
    /// <param name="sampleShape">The shape of one sample.</param>
    /// <exception cref="ArgumentException">The values are no whole number of samples.</exception>
    public Tensor(ReadOnlyMemory<float> values, TensorShape sampleShape)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        if (values.Length % sampleShape.Size != 0)
            throw new ArgumentException($"{values.Length} values are no whole number of samples of shape {sampleShape} ({sampleShape.Size} values each).", nameof(values));
        Values = values;
        SampleShape = sampleShape;
        Count = values.Length / sampleShape.Size;
    }

    /// <summary>Makes a tensor of bytes times a factor: images as they are stored, scaled as a network wants them.</summary>
    /// <param name="bytes">The bytes, sample after sample.</param>
    /// <param name="sampleShape">The shape of one sample.</param>
    /// <param name="divisor">What each byte is divided by, e.g. 255.</param>
    public static Tensor FromBytes(ReadOnlySpan<byte> bytes, TensorShape sampleShape, float divisor = 255)
    {
        float[] values = new float[bytes.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = bytes[i] / divisor;
        return new Tensor(values, sampleShape) { IsImmutable = true };
    }

    /// <summary>The values in row-major order, the samples first.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>The shape of one sample.</summary>
    public TensorShape SampleShape { get; }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>
    /// Whether the values never change, as whoever makes the tensor promises. Default: false, and true for <see cref="FromBytes"/>. An engine may then keep them in another form besides: from
    /// the second epoch on the managed engine reads pixels as the bytes that they were (0 … 255, or these divided by 255) where its first layer takes them so. That needs a quarter of the
    /// values' memory more, makes training of small networks on many images faster, and changes no result.
    /// </summary>
    public bool IsImmutable { get; init; }

    /// <summary>The values of one sample.</summary>
    public ReadOnlySpan<float> Sample(int index) => Values.Span.Slice(index * SampleShape.Size, SampleShape.Size);

    /// <summary>Some of the samples, without a copy.</summary>
    public Tensor Slice(int first, int count) => new(Values.Slice(first * SampleShape.Size, count * SampleShape.Size), SampleShape) { IsImmutable = IsImmutable };

    /// <summary>The values as bytes, for a pass over all of them; null where they are no such or may change, and in the first pass: what is read once is not worth the search.</summary>
    internal ByteValues? BytesForPass()
    {
        if (!IsImmutable)
            return null;
        if (_passes < 2 && ++_passes == 2)
            _bytes = ByteValues.Find(Values.Span);
        return _bytes;
    }

    /// <summary>How many floats of the same array lie behind the first samples; 0 where the values are in no array.</summary>
    internal int FloatsBehind(int samples) => MemoryMarshal.TryGetArray(Values, out ArraySegment<float> segment)
        ? segment.Array!.Length - segment.Offset - samples * SampleShape.Size
        : 0;

    /// <summary>The shape with the number of samples, as NumPy prints it: <c>(600, 64, 64, 3)</c>.</summary>
    public override string ToString() => $"({Count}, {string.Join(", ", SampleShape)})";
}
