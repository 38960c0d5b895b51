using System.Runtime.InteropServices;

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

    /// <summary>Reads all elements as <typeparamref name="T"/>; see <see cref="NumberConversion.IsAllowed"/>.</summary>
    public static T[] Read<T>(string where, Hdf5Type type, long length, Action<Span<byte>> read)
        where T : unmanaged
    {
        var to = NumberConversion.TypeOf<T>();
        if (type.Number is not { } from)
            throw new Hdf5Exception($"{where} holds {type}, not numbers; expected {NumberConversion.Name(to)}.");
        if (!NumberConversion.IsAllowed(from, to))
            throw new Hdf5Exception($"{where} holds {type}, which does not fit {NumberConversion.Name(to)} without loss; read it as {NumberConversion.Name(from)}.");
        if (length > Array.MaxLength || length * NumberConversion.Size(from) > Array.MaxLength)
            throw new Hdf5Exception($"{where} has {length} elements, more than one array holds; read it in blocks of rows.");

        var result = new T[length];
        if (from == to)
        {
            read(MemoryMarshal.AsBytes(result.AsSpan()));
            return result;
        }

        var raw = new byte[length * NumberConversion.Size(from)];
        read(raw);
        try
        {
            NumberConversion.Convert(raw, from, result.AsSpan());
        }
        catch (OverflowException e)
        {
            throw new Hdf5Exception($"{where} holds a value that does not fit {NumberConversion.Name(to)}: {e.Message}", e);
        }

        return result;
    }
}
