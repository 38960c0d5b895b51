using System.Runtime.InteropServices;

namespace ConvNets.Benchmarks.Layers;

/// <summary>What the figures were measured on.</summary>
internal static class Processor
{
    /// <summary>The processor's name and its widest vectors.</summary>
    public static string Name { get; } = $"{Model()}, {Engines.KernelSet.Best.Name}";

    private static string Model()
    {
        const string Path = "/proc/cpuinfo";
        string? model = File.Exists(Path) ? File.ReadLines(Path).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
