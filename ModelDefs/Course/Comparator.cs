namespace ConvNets.ModelDefs;

/// <summary>The course's unit test of a model: its layers' descriptors against the expected ones.</summary>
public static class Comparator
{
    /// <summary>What the comparison says when every layer is as expected.</summary>
    public const string Passed = "All tests passed!";

    /// <summary>One descriptor a layer, in the model's order.</summary>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    public static IReadOnlyList<LayerDescriptor> LayerDescriptors(this Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Layers.Select(layer => LayerDescriptor.Of(model, layer))];
    }

    /// <summary>Compares two lists of descriptors.</summary>
    /// <param name="found">Those of the model under test.</param>
    /// <param name="expected">Those it should have.</param>
    /// <returns><see cref="Passed"/>.</returns>
    /// <exception cref="ModelException">The lists differ in length, or at a layer: the message shows what was expected there and what was found.</exception>
    public static string Compare(IReadOnlyList<LayerDescriptor> found, IReadOnlyList<LayerDescriptor> expected)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(expected);
        if (found.Count != expected.Count)
            throw new ModelException($"The lists contain different numbers of layers: expected {expected.Count}, found {found.Count}.");
        for (int i = 0; i < found.Count; i++)
        {
            if (found[i] != expected[i])
                throw new ModelException($"Test failed at layer {i}.\n Expected value\n\n{expected[i]}\n\n does not match the input value:\n\n{found[i]}");
        }
        return Passed;
    }
}
