using System.Collections;

namespace ConvNets.ModelDefs;

/// <summary>The values of one weight.</summary>
/// <param name="Path">Layer and weight, e.g. <c>conv2d/kernel</c>; unique in a model.</param>
/// <param name="Shape">Its shape, in Keras's layout.</param>
/// <param name="Values">Its values in row-major order.</param>
/// <param name="Trainable">Whether the optimizer changes it.</param>
public sealed record WeightTensor(string Path, TensorShape Shape, float[] Values, bool Trainable);

/// <summary>The values of all weights of a model, in Keras's order (<c>model.weights</c>): layer by layer, trainable ones first.</summary>
public sealed class ModelWeights : IReadOnlyList<WeightTensor>
{
    private readonly WeightTensor[] _tensors;

    /// <summary>Makes a set of weights.</summary>
    /// <exception cref="ArgumentException">Two weights have the same path, or a weight's values do not fill its shape.</exception>
    public ModelWeights(IEnumerable<WeightTensor> tensors)
    {
        _tensors = [.. tensors];
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (WeightTensor tensor in _tensors)
        {
            if (!paths.Add(tensor.Path))
                throw new ArgumentException($"Two weights are named \"{tensor.Path}\".", nameof(tensors));
            if (tensor.Values.Length != tensor.Shape.Size)
                throw new ArgumentException($"Weight \"{tensor.Path}\" has {tensor.Values.Length} values; its shape ({string.Join(", ", tensor.Shape)}) takes {tensor.Shape.Size}.", nameof(tensors));
        }
    }

    /// <summary>The first values of a model's weights, from its initializers.</summary>
    /// <param name="model">A model that is built.</param>
    /// <param name="seed">The same seed gives the same values.</param>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    public static ModelWeights Initialize(Model model, long seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new ModelWeights(model.WeightSlots.Select((slot, i) =>
        {
            float[] values = new float[slot.Spec.Shape.Size];
            slot.Spec.Initializer.Fill(values, slot.Spec.Shape, new Philox(slot.Spec.Initializer.Seed ?? seed, i));
            return new WeightTensor(slot.Path, slot.Spec.Shape, values, slot.Trainable);
        }));
    }

    /// <inheritdoc/>
    public int Count => _tensors.Length;

    /// <inheritdoc/>
    public WeightTensor this[int index] => _tensors[index];

    /// <summary>The weight of a path, e.g. <c>conv2d/kernel</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public WeightTensor this[string path] => Array.Find(_tensors, t => t.Path == path)
        ?? throw new KeyNotFoundException($"There is no weight \"{path}\"; there are {string.Join(", ", _tensors.Select(t => t.Path))}.");

    /// <summary>Throws unless these weights are those of a model: the same number, and the same shapes in the same order (names may differ).</summary>
    /// <exception cref="ModelException">They are not; the message names the first difference.</exception>
    public void CheckFits(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        IReadOnlyList<WeightSlot> slots = model.WeightSlots;
        if (slots.Count != Count)
            throw new ModelException($"Received {Count} weights; model \"{model.DisplayName}\" has {slots.Count}.");
        for (int i = 0; i < slots.Count; i++)
        {
            if (!slots[i].Spec.Shape.Equals(_tensors[i].Shape))
                throw new ModelException($"Weight {i} (\"{_tensors[i].Path}\") has shape ({string.Join(", ", _tensors[i].Shape)}); model \"{model.DisplayName}\" expects ({string.Join(", ", slots[i].Spec.Shape)}) for \"{slots[i].Path}\".");
        }
    }

    /// <inheritdoc/>
    public IEnumerator<WeightTensor> GetEnumerator() => ((IEnumerable<WeightTensor>)_tensors).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
