using System.Text.RegularExpressions;
using ConvNets.ModelDefs;

namespace ConvNets.Formats;

/// <summary>How <see cref="TensorFlowExport"/> calls a graph's inputs and outputs.</summary>
public sealed partial class TensorFlowExportOptions
{
    /// <summary>The names of the inputs' nodes, in the model's order; the input layers' names when null, the default.</summary>
    public IReadOnlyList<string>? InputNames { get; init; }

    /// <summary>The names of the outputs' nodes, in the model's order; the names of the layers that give them when null, the default.</summary>
    public IReadOnlyList<string>? OutputNames { get; init; }

    internal string[] InputNamesOf(Model model) => Names(InputNames, nameof(InputNames), model.Inputs);

    internal string[] OutputNamesOf(Model model)
    {
        var taken = new HashSet<string>(InputNamesOf(model), StringComparer.OrdinalIgnoreCase);
        string[] names = Names(OutputNames, nameof(OutputNames), model.Outputs);
        for (int i = 0; i < names.Length; i++)
        {
            string wanted = names[i];
            if (OutputNames is not null && taken.Contains(wanted))
                throw new ArgumentException($"Inputs and outputs must have different names; received \"{wanted}\" twice.", nameof(model));

            // A model whose output is its input, or that gives a value out twice.
            for (int next = 1; !taken.Add(names[i]); next++)
                names[i] = $"{wanted}_{next}";
        }
        return names;
    }

    private static string[] Names(IReadOnlyList<string>? given, string option, IReadOnlyList<KerasTensor> tensors)
    {
        if (given is null)
            return [.. tensors.Select(tensor => NotAllowed().Replace(tensor.Node.Layer.Name!, "_"))];
        if (given.Count != tensors.Count)
            throw new ArgumentException($"{option} must have {tensors.Count} names, one for each; received {given.Count}.", nameof(given));
        if (given.FirstOrDefault(name => string.IsNullOrEmpty(name) || NotAllowed().IsMatch(name)) is { } wrong)
            throw new ArgumentException($"{option}: \"{wrong}\" is no name of a node in TensorFlow. Expected a letter, a digit or a dot, and behind it also _, - or /.", nameof(given));
        return [.. given];
    }

    [GeneratedRegex("^[^A-Za-z0-9.]|[^A-Za-z0-9._/-]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotAllowed();
}
