using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>The time that one call may take; every step that a damaged file could repeat asks it.</summary>
internal sealed class Budget(TimeSpan timeout, CancellationToken cancellationToken)
{
    private const long BytesPerSecond = 8 << 20;

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>The budget of a call that hands out a number of bytes.</summary>
    public static Budget For(Hdf5ReadOptions options, long bytes) =>
        new(options.Timeout + TimeSpan.FromSeconds(bytes / BytesPerSecond), options.CancellationToken);

    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="InvalidDataException">The time or the stack is used up.</exception>
    public void Check()
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Stopwatch.GetElapsedTime(_started) > timeout)
            throw new InvalidDataException($"reading took longer than {timeout.TotalSeconds:0.#} s; the file may be damaged, or {nameof(Hdf5ReadOptions)}.{nameof(Hdf5ReadOptions.Timeout)} too short");
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new InvalidDataException("the file is nested too deeply");
    }
}
