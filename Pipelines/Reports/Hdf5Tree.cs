using System.Globalization;
using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Reports;

/// <summary>Shows the tree of an HDF5 file, a line an entry, attributes below what they belong to.</summary>
/// <param name="screen">Where it is shown.</param>
/// <param name="digest">Whether the values of numeric datasets are read and their SHA-256 shown.</param>
internal sealed class Hdf5Tree(Screen screen, bool digest)
{
    private const int MaxValues = 8;
    private const int MaxText = 80;

    /// <summary>Shows the file and tells of its datasets. A damaged entry is shown with what is wrong with it.</summary>
    public InspectReport Show(Hdf5File file)
    {
        List<DatasetReport> datasets = [];
        screen.Line(Text.Printable(file.Path));
        ShowAttributes(file.Root, "  ");
        foreach (Hdf5Object entry in file.Walk())
        {
            string indent = new(' ', 2 * entry.Path.Count(c => c == '/'));
            string details = entry is Hdf5Dataset dataset ? Describe(dataset, datasets) : Describe(entry);
            screen.Line(Text.Printable($"{indent}{entry.Name}{details}"));
            ShowAttributes(entry, indent + "  ");
        }
        return new InspectReport(datasets);
    }

    private string Describe(Hdf5Dataset dataset, List<DatasetReport> datasets)
    {
        string? error = dataset.Error, sha256 = null;
        if (digest && error is null && dataset.Type.Number is not null)
        {
            try
            {
                sha256 = dataset.Sha256();
            }
            catch (Hdf5Exception e)
            {
                error = e.Message;
            }
        }
        datasets.Add(new DatasetReport(dataset.Path, dataset.Shape, dataset.Type.Description, sha256, error));

        string chunks = dataset.ChunkShape.Count > 0 ? $" {Text.Shape(dataset.ChunkShape)}" : "";
        string filters = string.Concat(dataset.Filters.Select(f => $", {f}"));
        string line = $": {dataset.Type} {Text.Shape(dataset.Shape)}, {dataset.Layout.ToString().ToLowerInvariant()}{chunks}{filters}";
        return line + (sha256 is null ? "" : $", sha256 {sha256}") + Problem(error);
    }

    private static string Describe(Hdf5Object entry) => entry switch
    {
        Hdf5Group => "/",
        Hdf5Link link => $" -> {link.Target}{Problem(link.Error)}",
        Hdf5NamedType named => $": the type {named.Type}",
        _ => Problem(entry.Error),
    };

    private void ShowAttributes(Hdf5Object entry, string indent)
    {
        foreach (Hdf5Attribute attribute in entry.Attributes)
            screen.Line(Text.Printable($"{indent}@{attribute.Name}: {attribute.Type?.Description} {Text.Shape(attribute.Shape)}{Value(attribute)}"));
    }

    private static string Value(Hdf5Attribute attribute)
    {
        if (attribute.Error is not null)
            return Problem(attribute.Error);
        try
        {
            string[]? values = attribute.Type switch
            {
                { IsString: true } => [.. attribute.ReadStrings().Take(MaxValues + 1).Select(Quote)],
                { Number: Hdf5NumberType.UInt64 } => Numbers(attribute.Read<ulong>()),
                { Number: Hdf5NumberType.Float16 or Hdf5NumberType.Float32 or Hdf5NumberType.Float64 } => Numbers(attribute.Read<double>()),
                { Number: not null } => Numbers(attribute.Read<long>()),
                _ => null,
            };
            return values is null ? "" : $" = {string.Join(", ", values.Take(MaxValues))}{(values.Length > MaxValues ? ", …" : "")}";
        }
        catch (Hdf5Exception e)
        {
            return Problem(e.Message);
        }
    }

    private static string[] Numbers<T>(T[] values) where T : IFormattable => [.. values.Take(MaxValues + 1).Select(v => v.ToString(null, CultureInfo.InvariantCulture))];

    private static string Quote(string text) => text.Length > MaxText ? $"\"{text[..MaxText]}…\"" : $"\"{text}\"";

    private static string Problem(string? error) => error is null ? "" : $" (unreadable: {Text.OneLine(error)})";
}
