using ConvNets.Transforms;

namespace ConvNets.Pipelines.Jobs;

/// <summary>What a network's classes are called.</summary>
internal static class ClassNames
{
    /// <summary>The names that the network has learned, or its classes' numbers.</summary>
    public static IReadOnlyList<string> Classes(this ConvNetTransformer network)
    {
        // One output tells two classes apart.
        int count = Math.Max(2, network.Model.Definition.Outputs[0].Shape.Size);
        return network.ClassNames.Count > 0 ? network.ClassNames : [.. Enumerable.Range(0, count).Select(i => $"{i}")];
    }
}
