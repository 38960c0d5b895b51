namespace ConvNets.Data.Hdf5;

/// <summary>What datasets and attributes share: turning stored elements into numbers.</summary>
internal static class Hdf5Values
{
    /// <summary>The number of elements of a shape.</summary>
    /// <exception cref="OverflowException">There are 2⁶³ or more.</exception>
    public static long Count(IReadOnlyList<long> shape)
    {
        if (shape.Contains(0))
            return 0;
        long count = 1;
        foreach (long d in shape)
            count = checked(count * d);
        return count;
    }

    /// <summary>Checks that elements of a type may be read as <typeparamref name="T"/>; see <see cref="NumberConversion.IsAllowed"/>.</summary>
    /// <returns>The number type as stored.</returns>
    public static Hdf5NumberType Require<T>(string where, Hdf5Type type, long length)
        where T : unmanaged
    {
        var to = NumberConversion.TypeOf<T>();
        if (type.Number is not { } from)
            throw new Hdf5Exception($"{where} holds {type}, not numbers; expected {NumberConversion.Name(to)}.");
        if (!NumberConversion.IsAllowed(from, to))
            throw new Hdf5Exception($"{where} holds {type}, which does not fit {NumberConversion.Name(to)} without loss; read it as {NumberConversion.Name(from)}.");
        if (length > Array.MaxLength || length * Math.Max(type.Size, NumberConversion.Size(to)) > Array.MaxLength)
            throw new Hdf5Exception($"{where} has {length} elements, more than one array holds; read it in blocks of rows.");
        return from;
    }

    /// <summary>Converts little-endian values.</summary>
    public static void Convert<T>(string where, ReadOnlySpan<byte> values, Hdf5NumberType from, Span<T> destination)
        where T : unmanaged
    {
        try
        {
            NumberConversion.Convert(values, from, destination);
        }
        catch (OverflowException e)
        {
            throw new Hdf5Exception($"{where} holds a value that does not fit {NumberConversion.Name(NumberConversion.TypeOf<T>())}: {e.Message}", e);
        }
    }
}
