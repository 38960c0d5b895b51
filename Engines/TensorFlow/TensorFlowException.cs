namespace ConvNets.Engines;

/// <summary>TensorFlow's native library that is not found or does not suit, or an error that it reports: the message holds what it said.</summary>
public sealed class TensorFlowException : Exception
{
    /// <summary>Makes the exception.</summary>
    public TensorFlowException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public TensorFlowException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes the exception without a message.</summary>
    public TensorFlowException()
    {
    }
}
