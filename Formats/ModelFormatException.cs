namespace ConvNets.Formats;

/// <summary>A model that a file format cannot carry, or a file that does not hold the model it should: the message names what was met, and what would do.</summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Makes the exception.</summary>
    public ModelFormatException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public ModelFormatException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes the exception without a message.</summary>
    public ModelFormatException()
    {
    }
}
