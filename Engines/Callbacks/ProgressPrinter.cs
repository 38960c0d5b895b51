using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ConvNets.Engines;

/// <summary>Prints Keras's two lines an epoch: <c>Epoch 1/10</c>, and the steps, the time, and the figures.</summary>
/// <param name="output">Where the lines go.</param>
public sealed class ProgressPrinter(TextWriter output) : Callback
{
    private long _start;

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        output.WriteLine($"Epoch {training.Epoch + 1}/{training.Options.Epochs}");
        _start = Stopwatch.GetTimestamp();
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        output.WriteLine(Line(training.Step + 1, Stopwatch.GetElapsedTime(_start), logs));
    }

    /// <summary>One line of figures, as Keras prints it at the end of an epoch or an evaluation.</summary>
    /// <param name="steps">The number of steps.</param>
    /// <param name="elapsed">The time that they took.</param>
    /// <param name="logs">The figures by name.</param>
    public static string Line(int steps, TimeSpan elapsed, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(logs);
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{steps}/{steps} [{new string('=', 30)}] - {elapsed.TotalSeconds:0}s {PerStep(elapsed / steps)}/step");
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
