namespace ConvNets.Data.Hdf5.Format;

/// <summary>The dimensions of a dataset or attribute.</summary>
/// <param name="Shape">The dimensions; empty for a scalar, <c>[0]</c> for none at all.</param>
/// <param name="MaxShape">The dimensions up to which the dataset may grow, −1 for without limit.</param>
internal sealed record Dataspace(long[] Shape, long[] MaxShape)
{
    private const int MaxRank = 32;

    public static Dataspace Read(FileBytes file, ObjectHeader header, Budget budget)
    {
        var message = header.Single(MessageType.Dataspace) ?? throw new InvalidDataException("the header has no dataspace");
        return Read(file, ObjectHeader.Resolve(file, message, budget).Span);
    }

    public static Dataspace Read(FileBytes file, ReadOnlySpan<byte> message)
    {
        var cursor = new ByteCursor(message, file);
        int version = cursor.U8(), rank = cursor.U8(), flags = cursor.U8();
        int kind = rank == 0 ? 0 : 1;
        if (version == 1)
            cursor.Skip(5);
        else if (version == 2)
            kind = cursor.U8();
        else
            throw new InvalidDataException($"dataspace version {version} is not known");
        if (rank > MaxRank)
            throw new InvalidDataException($"{rank} dimensions; at most {MaxRank} are possible");
        if (kind == 2 && rank == 0)
            return new Dataspace([0], [0]);
        if (kind > 1 || (kind == 0) != (rank == 0))
            throw new InvalidDataException($"a dataspace of kind {kind} with {rank} dimensions");

        var shape = new long[rank];
        for (int i = 0; i < rank; i++)
            shape[i] = cursor.Length();
        var maxShape = shape;
        if ((flags & 1) != 0)
        {
            maxShape = new long[rank];
            for (int i = 0; i < rank; i++)
            {
                ulong max = cursor.Unsigned(file.LengthSize);
                bool unlimited = max == ulong.MaxValue >> (64 - (8 * file.LengthSize));
                maxShape[i] = unlimited || max > long.MaxValue ? -1 : (long)max;
                if (maxShape[i] >= 0 && maxShape[i] < shape[i])
                    throw new InvalidDataException($"dimension {i} is {shape[i]}, above its limit {max}");
            }
        }

        return new Dataspace(shape, maxShape);
    }

    /// <summary>The number of elements.</summary>
    /// <exception cref="InvalidDataException">There are more than 2⁶³.</exception>
    public long Count()
    {
        try
        {
            return Hdf5Values.Count(Shape);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"the shape ({string.Join(", ", Shape)}) has too many elements", e);
        }
    }
}
