namespace ConvNets.Engines;

/// <summary>Training, evaluation or prediction that cannot go on: data that do not suit the model, or a loss that is not finite. The message says which, and how to mend it.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Makes the exception.</summary>
    public TrainingException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public TrainingException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes the exception without a message.</summary>
    public TrainingException()
    {
    }
}
