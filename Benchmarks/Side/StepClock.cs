using System.Diagnostics;
using ConvNets.Engines;

namespace ConvNets.Benchmarks.Side;

/// <summary>Times each training step, from the batch being there to the weights being moved.</summary>
internal sealed class StepClock : Callback
{
    // The first steps compile code; the peers leave five out of their minimum too.
    private const int WarmUp = 5;

    private readonly List<double> _times = [];
    private long _start;

    /// <summary>The median step in milliseconds.</summary>
    public double Median => MedianOf([.. _times]);

    /// <summary>The shortest step in milliseconds.</summary>
    public double Minimum => _times.Skip(WarmUp).Min();

    public override void OnTrainBatchBegin(TrainingState training) => _start = Stopwatch.GetTimestamp();

    public override void OnTrainBatchEnd(TrainingState training) => _times.Add(Stopwatch.GetElapsedTime(_start).TotalMilliseconds);

    /// <summary>The middle of some times.</summary>
    public static double MedianOf(double[] times)
    {
        double[] sorted = [.. times.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
