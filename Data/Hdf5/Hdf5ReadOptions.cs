namespace ConvNets.Data.Hdf5;

/// <summary>Limits of reading, and its cancellation.</summary>
public sealed record Hdf5ReadOptions
{
    /// <summary>The most bytes that one dataset or attribute may have in memory. Default 4 GiB; more is refused with <see cref="Hdf5Exception"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public long MaxDatasetBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 4L << 30;

    /// <summary>
    /// The longest that one call may take, besides one second for each 8 MiB that it reads. Default 20 s. A damaged file can send a
    /// reader in circles; then the call ends with <see cref="Hdf5Exception"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan Timeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromSeconds(20);

    /// <summary>Ends every call on the file with <see cref="OperationCanceledException"/>. Default: none.</summary>
    public CancellationToken CancellationToken { get; init; }
}
