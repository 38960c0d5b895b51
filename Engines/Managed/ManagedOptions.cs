namespace ConvNets.Engines;

/// <summary>How <see cref="Engine.ManagedWith(ManagedOptions)"/> computes.</summary>
public sealed record ManagedOptions
{
    /// <summary>In which order sums of training are taken. Default: <see cref="Rounding.Fastest"/>.</summary>
    public Rounding Rounding { get; init; } = Rounding.Fastest;

    /// <summary>
    /// Bytes that a convolution in front of a batch normalization may take to remember sums over the patches of each training image, which spares computing them again in each epoch:
    /// 50 KB an image for a 7×7 kernel over three channels. Where an epoch's images take more, or their number is not known, nothing is remembered. Default: 64 MB; 0 turns it
    /// off, which is faster where images are other ones in each epoch.
    /// </summary>
    public long PatchCacheBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes that the pixels of a training set may take besides, where they are read as the bytes that they were (<see cref="Tensor.IsImmutable"/>): a quarter of their floats. Of larger sets
    /// the floats are read. Default: 256 MB; 0 turns it off.
    /// </summary>
    public long PixelCacheBytes { get; init; } = 256L << 20;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal static void Validate(ManagedOptions options)
    {
        if (!Enum.IsDefined(options.Rounding))
            throw new ArgumentOutOfRangeException(nameof(options), options.Rounding, $"{nameof(Rounding)} must be one of {string.Join(", ", Enum.GetNames<Rounding>())}.");
        RequireSize(options, options.PatchCacheBytes, nameof(PatchCacheBytes));
        RequireSize(options, options.PixelCacheBytes, nameof(PixelCacheBytes));
    }

    private static void RequireSize(ManagedOptions options, long bytes, string name)
    {
        if (bytes < 0)
            throw new ArgumentOutOfRangeException(nameof(options), bytes, $"{name} must not be negative; 0 turns the cache off.");
    }
}

/// <summary>In which order the sums of a training step are taken, which decides the last bits of their results.</summary>
public enum Rounding
{
    /// <summary>That of the fastest kernels: Winograd's algorithm for the convolutions of a network's first layers, statistics of a batch in double precision.</summary>
    Fastest,

    /// <summary>
    /// TensorFlow's, where training amplifies it: first convolutions tap by tap, batch statistics in four running sums in single precision. For whoever compares losses and weights with
    /// Keras's after many steps.
    /// </summary>
    TensorFlow,
}
