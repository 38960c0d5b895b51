using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ConvNets.Engines;

/// <summary>Prints Keras's two lines an epoch: <c>Epoch 1/10</c>, and the steps, the time, and the figures.</summary>
/// <param name="output">Where the lines go; where it is the console's terminal, the second line follows the steps.</param>
/// <param name="verbosity">Whether there is a bar in the second line.</param>
public sealed class ProgressPrinter(TextWriter output, Verbosity verbosity = Verbosity.ProgressBar) : Callback
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);
    private readonly bool _follows = verbosity == Verbosity.ProgressBar && output == Console.Out && !Console.IsOutputRedirected;
    private long _start;
    private long _shown;

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        output.WriteLine($"Epoch {training.Epoch + 1}/{training.Options.Epochs}");
        _start = _shown = Stopwatch.GetTimestamp();
    }

    /// <inheritdoc/>
    public override void OnTrainBatchEnd(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (!_follows || Stopwatch.GetElapsedTime(_shown) < Refresh)
            return;
        _shown = Stopwatch.GetTimestamp();
        int done = training.StepsPerEpoch is int steps ? 30 * (training.Step + 1) / steps : 0;
        output.Write($"\r{training.Step + 1}/{training.StepsPerEpoch?.ToString(CultureInfo.InvariantCulture) ?? "?"} [{new string('=', done)}{new string('.', 30 - done)}] - loss: {Figure(training.Loss)}");
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        string line = Line(training.Step + 1, Stopwatch.GetElapsedTime(_start), logs, verbosity);
        output.WriteLine(_follows ? $"\r{line}" : line);
    }

    /// <summary>One line of figures, as Keras prints it at the end of an epoch or an evaluation.</summary>
    /// <param name="steps">The number of steps.</param>
    /// <param name="elapsed">The time that they took.</param>
    /// <param name="logs">The figures by name.</param>
    /// <param name="verbosity">Whether there is a bar in it.</param>
    public static string Line(int steps, TimeSpan elapsed, IReadOnlyDictionary<string, double> logs, Verbosity verbosity = Verbosity.ProgressBar)
    {
        ArgumentNullException.ThrowIfNull(logs);
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{steps}/{steps}{(verbosity == Verbosity.OneLine ? "" : $" [{new string('=', 30)}]")} - {elapsed.TotalSeconds:0}s {PerStep(elapsed / steps)}/step");
        foreach ((string name, double value) in logs)
            line.Append(CultureInfo.InvariantCulture, $" - {name}: {Figure(value)}");
        return line.ToString();
    }

    private static string PerStep(TimeSpan time) => time.TotalMilliseconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0}us");

    // Keras prints four decimals, and small figures with an exponent.
    private static string Figure(double value) => Math.Abs(value) is > 1e-3 or 0
        ? value.ToString("0.0000", CultureInfo.InvariantCulture)
        : value.ToString("0.0000e+00", CultureInfo.InvariantCulture);
}
