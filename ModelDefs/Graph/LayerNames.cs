using System.Text.RegularExpressions;

namespace ConvNets.ModelDefs;

/// <summary>Keras's names of layers: the class in snake case, and a counter from the second of a class on; ours count per model.</summary>
internal static partial class LayerNames
{
    /// <summary>A class name in Keras's snake case: <c>MaxPooling2D</c> is <c>max_pooling2d</c>, <c>ReLU</c> is <c>re_lu</c>.</summary>
    public static string ToSnakeCase(string className)
    {
        string split = CapitalizedWord().Replace(className, "${before}_${after}");
        return LowerThenUpper().Replace(split, "${before}_${after}").ToLowerInvariant();
    }

    /// <summary>The first free name of a class: <c>conv2d</c>, <c>conv2d_1</c>, <c>conv2d_2</c>, …</summary>
    /// <param name="className">The class.</param>
    /// <param name="taken">The names that are not free.</param>
    /// <param name="counters">Where the count of each class goes on, for a caller that names many layers.</param>
    public static string FirstFree(string className, IReadOnlySet<string> taken, Dictionary<string, int>? counters = null)
    {
        string stem = ToSnakeCase(className);
        int count = counters?.GetValueOrDefault(stem) ?? 0;
        string name = Numbered(count);
        while (taken.Contains(name))
            name = Numbered(++count);
        counters?[stem] = count + 1;
        return name;

        string Numbered(int number) => number == 0 ? stem : $"{stem}_{number}";
    }

    [GeneratedRegex("(?<before>.)(?<after>[A-Z][a-z]+)", RegexOptions.None, 1000)]
    private static partial Regex CapitalizedWord();

    [GeneratedRegex("(?<before>[a-z])(?<after>[A-Z])", RegexOptions.None, 1000)]
    private static partial Regex LowerThenUpper();
}
