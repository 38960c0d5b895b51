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
        string[] names = Names(OutputNames, nameof(OutputNames), model.Outputs), inputs = InputNamesOf(model);
        string[] taken = [.. inputs, .. names];

        // A model whose output is its input, or that gives a value out twice.
        for (int i = 0; i < names.Length && OutputNames is null; i++)
        {
            string name = names[i];
            for (int next = 1; taken[..(inputs.Length + i)].Contains(taken[inputs.Length + i], StringComparer.OrdinalIgnoreCase); next++)
                taken[inputs.Length + i] = names[i] = $"{name}_{next}";
        }
        return taken.Distinct(StringComparer.OrdinalIgnoreCase).Count() == taken.Length
            ? names
            : throw new ArgumentException($"Inputs and outputs must have different names; received {string.Join(", ", taken)}.", nameof(OutputNames));
    }

    private static string[] Names(IReadOnlyList<string>? given, string option, IReadOnlyList<KerasTensor> tensors)
    {
        if (given is null)
            return [.. tensors.Select(tensor => NotAllowed().Replace(tensor.Node.Layer.Name!, "_"))];
        if (given.Count != tensors.Count)
            throw new ArgumentException($"{option} must have {tensors.Count} names, one for each; received {given.Count}.", option);
        if (given.FirstOrDefault(name => string.IsNullOrEmpty(name) || NotAllowed().IsMatch(name)) is { } wrong)
            throw new ArgumentException($"{option}: \"{wrong}\" is no name of a node in TensorFlow. Expected a letter, a digit or a dot, and behind it also _, - or /.", option);
        return [.. given];
    }

    [GeneratedRegex("^[^A-Za-z0-9.]|[^A-Za-z0-9._/-]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotAllowed();
}
