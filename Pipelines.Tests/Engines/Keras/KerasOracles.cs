namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Results of Keras beyond the golden files; <c>make_oracles.py</c> made them.</summary>
internal static class KerasOracles
{
    /// <summary>The path of a file.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Engines", "Keras", name);
}
