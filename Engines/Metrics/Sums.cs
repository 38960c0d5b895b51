namespace ConvNets.Engines;

/// <summary>A metric's sums in a checkpoint: of each array its length and its values.</summary>
internal static class Sums
{
    public static void Write(BinaryWriter writer, params ReadOnlySpan<double[]> arrays)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (double[] sums in arrays)
        {
            writer.Write(sums.Length);
            foreach (double sum in sums)
                writer.Write(sum);
        }
    }

    public static double[] Read(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadDouble())];
    }
}
