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
        string line = ProgressPrinter.Line(training.Step + 1, Stopwatch.GetElapsedTime(_start), logs, verbosity);
        channel.Info(MessageSensitivity.None, $"Epoch {training.Epoch + 1}/{training.Options.Epochs}: {line}");
    }
}
