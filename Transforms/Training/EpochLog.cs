using System.Diagnostics;
using ConvNets.Engines;
using Microsoft.ML.Runtime;

namespace ConvNets.Transforms;

/// <summary>Tells <c>MLContext.Log</c> of every epoch in a line.</summary>
internal sealed class EpochLog(IChannel channel, Verbosity verbosity) : Callback
{
    private long _start;

    public override void OnEpochBegin(TrainingState training) => _start = Stopwatch.GetTimestamp();

    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        channel.Info(MessageSensitivity.None, "{0}", new Line(training.Epoch + 1, training.Options.Epochs, training.Step + 1, Stopwatch.GetElapsedTime(_start), logs, verbosity));
    }

    /// <summary>The line of an epoch, which is written when somebody who listens reads the message.</summary>
    private sealed class Line(int epoch, int epochs, int steps, TimeSpan elapsed, IReadOnlyDictionary<string, double> logs, Verbosity verbosity)
    {
        public override string ToString() => $"Epoch {epoch}/{epochs}: {ProgressPrinter.Line(steps, elapsed, logs, verbosity)}";
    }
}
