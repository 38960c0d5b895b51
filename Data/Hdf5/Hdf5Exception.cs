namespace ConvNets.Data.Hdf5;

/// <summary>
/// A file cannot be read as HDF5, or holds something that this library refuses. The message names the file, the object in it, what was
/// found and what was expected.
/// </summary>
public sealed class Hdf5Exception : IOException
{
    /// <summary>An error without a message of its own.</summary>
    public Hdf5Exception()
        : base("The HDF5 file cannot be read.")
    {
    }

    /// <summary>An error with a message.</summary>
    /// <param name="message">What was found and what was expected.</param>
    public Hdf5Exception(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public Hdf5Exception(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
