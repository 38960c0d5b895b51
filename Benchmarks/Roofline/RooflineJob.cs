using System.Globalization;
using System.Runtime.InteropServices;
using ConvNets.Benchmarks.Layers;
using ConvNets.Benchmarks.Side;
using ConvNets.Engines;

namespace ConvNets.Benchmarks.Roofline;

/// <summary>How near to what the machine can do the four jobs' training steps come: a page of Markdown.</summary>
internal static class RooflineJob
{
    private static readonly (string Kind, int BatchSize)[] Jobs = [("happy", 16), ("signs", 64), ("mnist", 128), ("resnet", 32)];

    private static readonly (string Level, int Bytes)[] Levels = [("16 KiB a thread", 16 << 10), ("256 KiB a thread", 256 << 10), ("4 MiB a thread", 4 << 20), ("128 MiB a thread", 128 << 20)];

    public static int Run()
    {
        int all = Environment.ProcessorCount;
        Console.WriteLine("# Roofline\n");
        Console.WriteLine($"{Processor.Name}, {all} threads; {RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription}.");
        Console.WriteLine("`dotnet run -c Release --project Benchmarks -- roofline`\n");
        double one = MachineRates.MultiplyAdds(1), peak = MachineRates.MultiplyAdds(all);
        Console.WriteLine($"| the machine | 1 thread | {all} threads |\n|---|---|---|");
        Console.WriteLine($"| multiply-adds from registers, GFLOP/s | {Text(one)} | {Text(peak)} |");
        foreach ((string level, int bytes) in Levels)
            Console.WriteLine($"| reads of {level}, GB/s | {Text(MachineRates.Read(1, bytes))} | {Text(MachineRates.Read(all, bytes))} |");
        Console.WriteLine($"| handing out work to the team, µs | | {MachineRates.Dispatch().ToString("0.00", CultureInfo.InvariantCulture)} |\n");

        Console.WriteLine("A step's FLOP are those of the layers as they are defined, forward and backward; a kernel that needs fewer (Winograd, sums that many places of an image share, pooled pixels");
        Console.WriteLine("without a derivative) may so come above 1.\n");
        Console.WriteLine("| training step | batch | MFLOP | median ms | GFLOP/s | of the peak |\n|---|---|---|---|---|---|");
        foreach ((string kind, int batchSize) in Jobs)
        {
            var clock = new StepClock();
            using TrainedJob job = Train(kind, clock);
            double flops = StepFlops.Of(job.Model.Model, batchSize), rate = flops / clock.Median / 1e6;
            string ms = clock.Median.ToString("0.000", CultureInfo.InvariantCulture), part = (rate / peak).ToString("0.00", CultureInfo.InvariantCulture);
            Console.WriteLine($"| {kind} | {batchSize} | {Text(flops / 1e6)} | {ms} | {Text(rate)} | {part} |");
        }
        return 0;
    }

    private static TrainedJob Train(string kind, StepClock clock) => kind switch
    {
        "mnist" => RandomJob.Mnist(Engine.Managed, clock),
        "resnet" => RandomJob.Resnet(Engine.Managed, clock),
        _ => PipelineJob.Run(kind, Engine.Managed, train: null, test: null, clock),
    };

    private static string Text(double value) => value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
