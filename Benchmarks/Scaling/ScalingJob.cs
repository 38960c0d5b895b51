using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ConvNets.Benchmarks.Layers;

namespace ConvNets.Benchmarks.Scaling;

/// <summary>How the cost grows with the work: effective GFLOP/s over batches, images, channels and threads, as Markdown.</summary>
internal static class ScalingJob
{
    private const string Usage = "usage: scaling [--save FILE.md]";

    // What the table itself cannot say. It stands below it, and is true of what the engine does, not of one run's figures.
    private const string Reasons = """
        What makes the steps between neighbours:

        - **Batch.** One image of 32×32×32 is 38 million operations, less than 0.1 ms: what a step costs besides (the optimizer, filters that are laid out anew after each step, waking threads)
          is a visible part of it, and is spread over more images from there on. From some 64 images on the activations, 8 MB each, leave the caches and come from memory.
        - **Images.** A convolution works on blocks of a fixed size, so what an image's size changes is only whether a batch's activations fit the caches.
        - **Channels.** With fewer channels than a vector has lanes (16 with AVX-512) lanes stay empty: with c channels the operations grow with c², the time hardly, for a pixel's 9·c loads and
          its store remain. From 16 channels on 3×3 convolutions run by Winograd's algorithm F(4×4, 3×3), with a quarter of the multiplications of the direct one, in whose operations the figures
          are counted: so they can lie above the processor's peak of multiply-adds, and 16 channels are more than twice as fast as 8. Its maps cost c operations a pixel and its products c²,
          so it gains with c again until the products are nearly all there is.
        """;

    private const int WarmUpRuns = 5;

    private static readonly int[] Batches = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
    private static readonly int[] Sizes = [16, 32, 64, 128, 256];
    private static readonly int[] Channels = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    public static int Run(string[] args)
    {
        if (args is not ([] or ["--save", _]))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        var table = new StringBuilder();
        void Line(string text)
        {
            Console.WriteLine(text);
            table.Append(text).Append('\n');
        }
        // The runtime compiles what runs often once more, and better.
        for (int i = 0; i < WarmUpRuns; i++)
            new ScalingCase(4, 32, 32).Run(training: true, Environment.ProcessorCount);
        int[] threads = [.. Enumerable.Range(0, 8).Select(i => 1 << i).TakeWhile(n => n < Environment.ProcessorCount), Environment.ProcessorCount];
        Line("# Cost as work grows");
        Line("");
        Line("Effective GFLOP/s of two 3×3 convolutions with as many filters as channels, operations counted as the direct algorithm has them; the median of five. A training step");
        Line("is the forward pass, the derivatives and Adam. *Half* marks a figure that is less than half of a neighbour's above or below.");
        Line("");
        Line($"- {Processor.Name}, {Environment.ProcessorCount} threads; {RuntimeInformation.OSDescription}; .NET {Environment.Version}");
        Line("- `dotnet run -c Release --project Benchmarks -- scaling`");
        Axis(Line, "Batches of 32×32×32", "batch", threads, Batches, n => new ScalingCase(n, 32, 32));
        Axis(Line, "Images of 32 channels, 16 at a time", "height and width", threads, Sizes, n => new ScalingCase(16, n, 32));
        Axis(Line, "Channels of 32×32 images, 16 at a time", "channels", threads, Channels, n => new ScalingCase(16, 32, n));
        Line("");
        Line(Reasons);
        if (args is [_, string path])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, table.ToString());
        }
        return 0;
    }

    private static void Axis(Action<string> line, string title, string unit, int[] threads, int[] values, Func<int, ScalingCase> make)
    {
        (bool Training, int Threads)[] columns = [.. threads.Select(n => (false, n)), .. threads.Select(n => (true, n))];
        double[,] rates = new double[values.Length, columns.Length];
        for (int row = 0; row < values.Length; row++)
        {
            for (int column = 0; column < columns.Length; column++)
                rates[row, column] = make(values[row]).Run(columns[column].Training, columns[column].Threads);
        }
        line("");
        line($"## {title}");
        line("");
        line($"| {unit} | {string.Join(" | ", columns.Select(c => $"{(c.Training ? "step" : "forward")}, {c.Threads} thread{(c.Threads == 1 ? "" : "s")}"))} |");
        line($"|---:|{string.Concat(Enumerable.Repeat("---:|", columns.Length))}");
        for (int row = 0; row < values.Length; row++)
        {
            var cells = new StringBuilder($"| {values[row]} |");
            for (int column = 0; column < columns.Length; column++)
            {
                double rate = rates[row, column], above = row == 0 ? 0 : rates[row - 1, column], below = row == values.Length - 1 ? 0 : rates[row + 1, column];
                cells.Append(CultureInfo.InvariantCulture, $" {rate:0}{(2 * rate < Math.Max(above, below) ? " *half*" : "")} |");
            }
            line(cells.ToString());
        }
    }
}
