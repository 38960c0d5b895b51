using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ConvNets.Benchmarks.Layers;

/// <summary>The table of layers: each one's training step, ours and Keras's within a second of each other, at 32 images of 32×32×32.</summary>
internal static class LayersJob
{
    private const string Usage = "usage: layers [--keras COMMAND] [--seconds S] [--only TEXT] [--save FILE.md]";

    public static int Run(string[] args)
    {
        if (args.Length % 2 != 0)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        var options = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        if (options.Keys.FirstOrDefault(name => name is not ("--keras" or "--seconds" or "--only" or "--save")) is { } unknown)
        {
            Console.Error.WriteLine($"Unknown option {unknown}. {Usage}");
            return 2;
        }
        double seconds = double.Parse(options.GetValueOrDefault("--seconds", "0.5"), CultureInfo.InvariantCulture);
        LayerCase[] layers = [.. LayerCase.All.Where(layer => layer.Name.Contains(options.GetValueOrDefault("--only", ""), StringComparison.OrdinalIgnoreCase))];

        using var peer = new KerasPeer(options.GetValueOrDefault("--keras", "python3"));
        var different = LayerCase.All.Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal);
        different.SymmetricExceptWith(peer.Cases);
        if (different.Count > 0)
            throw new InvalidOperationException($"The two sides do not have the same layers: {string.Join(", ", different)}.");

        var table = new StringBuilder();
        void Line(string text)
        {
            Console.WriteLine(text);
            table.Append(text).Append('\n');
        }
        Line("# Each layer's training step against Keras's");
        Line("");
        Line($"A batch of {LayerClock.BatchSize} at 32×32×32: the output in training mode, and from its derivatives those of inputs and weights. Medians in milliseconds, one layer after the other in one run;");
        Line("the last column is Keras's time over ours. *Common* layers are those that must not be slower.");
        Line("");
        Line($"- {Processor.Name}, {Environment.ProcessorCount} threads; {RuntimeInformation.OSDescription}; .NET {Environment.Version}; {peer.Name}");
        Line($"- `dotnet run -c Release --project Benchmarks -- layers --keras PYTHON --seconds {seconds.ToString(CultureInfo.InvariantCulture)}`");
        Line("");
        Line("| layer | ConvNets | Keras | Keras / ConvNets | |");
        Line("|---|---:|---:|---:|---|");
        foreach (LayerCase layer in layers)
        {
            double ours = LayerClock.Milliseconds(layer, seconds);
            (double? theirs, string? error) = peer.Time(layer.Name, seconds);
            string ratio = theirs is double time ? (time / ours).ToString("0.00", CultureInfo.InvariantCulture) : "";
            string note = theirs is null ? "TensorFlow cannot run it on a processor" : (theirs >= ours, layer.Common) switch { (true, _) => "", (_, true) => "**slower**", _ => "slower" };
            Line(string.Create(CultureInfo.InvariantCulture, $"| {layer.Name} | {ours:0.00} | {theirs:0.00} | {ratio} | {note} |"));
            if (error is not null)
                Console.Error.WriteLine($"{layer.Name}: {error}");
        }
        if (options.TryGetValue("--save", out string? path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, table.ToString());
        }
        return 0;
    }
}
