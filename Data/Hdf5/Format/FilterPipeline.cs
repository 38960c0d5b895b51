namespace ConvNets.Data.Hdf5.Format;

/// <summary>One filter of a dataset's chunks, with its parameters.</summary>
internal sealed record FilterStep(int Id, uint[] Parameters);

/// <summary>The filters that chunks went through when written, in that order.</summary>
internal static class FilterPipeline
{
    private const int MaxFilters = 32;

    public static FilterStep[] Read(FileBytes file, ObjectHeader header, Budget budget)
    {
        if (header.Single(MessageType.FilterPipeline) is not { } message)
            return [];
        var cursor = new ByteCursor(ObjectHeader.Resolve(file, message, budget).Span, file);
        int version = cursor.U8(), count = cursor.U8();
        if (version is not (1 or 2))
            throw new InvalidDataException($"filter pipeline version {version} is not known");
        if (count > MaxFilters)
            throw new InvalidDataException($"{count} filters; at most {MaxFilters} are possible");
        if (version == 1)
            cursor.Skip(6);
        var steps = new FilterStep[count];
        for (int i = 0; i < count; i++)
        {
            // Version 2 leaves out the names of the filters that HDF5 itself defines.
            int id = cursor.U16();
            int nameLength = version == 1 || id >= 256 ? cursor.U16() : 0;
            cursor.Skip(2);
            var parameters = new uint[cursor.U16()];
            cursor.Skip(version == 1 ? (nameLength + 7) / 8 * 8 : nameLength);
            for (int p = 0; p < parameters.Length; p++)
                parameters[p] = cursor.U32();
            if (version == 1 && parameters.Length % 2 == 1)
                cursor.Skip(4);
            steps[i] = new FilterStep(id, parameters);
        }

        return steps;
    }
}
