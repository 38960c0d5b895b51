namespace ConvNets.Engines;

/// <summary>How <see cref="Engine.TensorFlow(TensorFlowOptions?)"/> uses TensorFlow's runtime.</summary>
public sealed record TensorFlowOptions
{
    /// <summary>Threads that share the work of one operation; those of <see cref="CompileOptions.Threads"/> when null.</summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>Threads that run independent operations side by side; <see cref="IntraOpThreads"/> when null.</summary>
    public int? InterOpThreads { get; init; }

    /// <summary>Where the model runs, as TensorFlow names devices, e.g. <c>/CPU:0</c> or <c>/GPU:0</c>; TensorFlow's own choice when null.</summary>
    public string? Device { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number of threads is below 1.</exception>
    internal static void Validate(TensorFlowOptions options)
    {
        if (options.IntraOpThreads is < 1)
            throw new ArgumentOutOfRangeException(nameof(options), options.IntraOpThreads, $"{nameof(IntraOpThreads)} must be at least 1.");
        if (options.InterOpThreads is < 1)
            throw new ArgumentOutOfRangeException(nameof(options), options.InterOpThreads, $"{nameof(InterOpThreads)} must be at least 1.");
    }
}
