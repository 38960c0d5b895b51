namespace ConvNets.Data;

/// <summary>The rule that every source of labels obeys: a label is the index of its class.</summary>
internal static class LabelColumn
{
    /// <summary>
    /// The first row whose label is not an index into <paramref name="classes"/> classes (0: their number is not known), or -1.
    /// </summary>
    public static int FindOutOfRange(ReadOnlySpan<long> labels, int classes)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < 0 || (classes > 0 && labels[i] >= classes))
                return i;
        }

        return -1;
    }

    /// <summary>What is said about a label out of range.</summary>
    public static string OutOfRange(int row, long label, int classes)
    {
        string expected = classes > 0 ? $"0 to {classes - 1} ({classes} classes)" : "from 0";
        return $"expected labels {expected}, found {label} in row {row}";
    }
}
