namespace ConvNets.Data;

/// <summary>
/// A file or folder was read but is not the labelled images that were asked for. The message names the file, the dataset in it, what
/// was expected and what was found.
/// </summary>
public sealed class DatasetException : IOException
{
    /// <summary>An error without a message of its own.</summary>
    public DatasetException()
        : base("The images cannot be used.")
    {
    }

    /// <summary>An error with a message.</summary>
    /// <param name="message">File, dataset, what was expected, what was found.</param>
    public DatasetException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    /// <param name="message">File, dataset, what was expected, what was found.</param>
    /// <param name="innerException">The cause.</param>
    public DatasetException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
