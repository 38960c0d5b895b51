using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace ConvNets.ModelDefs;

/// <summary>
/// The shape of one sample of a tensor: its dimensions without the batch, which is always first and never fixed. Images are (height, width, channels).
/// Prints as Keras prints it: <c>(None, 64, 64, 3)</c>.
/// </summary>
/// <example><code>TensorShape image = [64, 64, 3];</code></example>
[CollectionBuilder(typeof(TensorShape), nameof(Create))]
public sealed class TensorShape : IReadOnlyList<int>, IEquatable<TensorShape>
{
    private readonly int[] _dimensions;

    /// <summary>Makes a shape of the given dimensions, each at least 1 and together at most <see cref="int.MaxValue"/> elements.</summary>
    /// <exception cref="ArgumentException">A dimension is below 1, or the product overflows.</exception>
    public TensorShape(params ReadOnlySpan<int> dimensions)
    {
        _dimensions = dimensions.ToArray();
        long size = 1;
        foreach (int dimension in _dimensions)
        {
            if (dimension < 1)
                throw new ArgumentException($"Every dimension of a shape must be at least 1; received ({string.Join(", ", _dimensions)}).", nameof(dimensions));
            size *= dimension;
            if (size > int.MaxValue)
                throw new ArgumentException($"A sample may have at most {int.MaxValue:N0} elements; received ({string.Join(", ", _dimensions)}).", nameof(dimensions));
        }
        Size = (int)size;
    }

    /// <summary>Makes a shape; what a collection expression calls.</summary>
    public static TensorShape Create(ReadOnlySpan<int> dimensions) => new(dimensions);

    /// <summary>The number of elements of one sample.</summary>
    public int Size { get; }

    /// <summary>The number of dimensions, the batch not counted.</summary>
    public int Rank => _dimensions.Length;

    /// <inheritdoc/>
    int IReadOnlyCollection<int>.Count => _dimensions.Length;

    /// <summary>The size of one dimension, counted from the first after the batch; <c>shape[^1]</c> is the channels of an image.</summary>
    public int this[int index] => _dimensions[index];

    /// <summary>The size of one dimension, counted from either end.</summary>
    public int this[Index index] => _dimensions[index];

    /// <summary>The dimensions as a new array.</summary>
    public int[] ToArray() => (int[])_dimensions.Clone();

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int dimension in _dimensions)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <summary>As Keras prints a batch shape, e.g. <c>(None, 64, 64, 3)</c>.</summary>
    public override string ToString() => _dimensions.Length == 0 ? "(None,)" : "(None, " + string.Join(", ", _dimensions.Select(d => d.ToString(CultureInfo.InvariantCulture))) + ")";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _dimensions.GetEnumerator();
}
