namespace ConvNets.ModelDefs;

/// <summary>Finds things by Keras's names, and says which names are near where one is not known.</summary>
internal static class NameLookup
{
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest names, or all.</exception>
    public static T Find<T>(IReadOnlyDictionary<string, T> table, string name, string what)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (table.TryGetValue(name, out T? found))
            return found;
        string[] near = [.. table.Keys.Where(key => Distance(key, name) <= Math.Max(2, name.Length / 3)).OrderBy(key => Distance(key, name)).Take(3)];
        string hint = near.Length > 0 ? $"Did you mean {string.Join(" or ", near)}?" : $"Known are {string.Join(", ", table.Keys.Order(StringComparer.Ordinal))}.";
        throw new ArgumentException($"Unknown {what} \"{name}\". {hint}", nameof(name));
    }

    /// <summary>The edits (insert, delete, replace) from one word to the other (Levenshtein 1966).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1)));
        }
        return row[^1];
    }
}
