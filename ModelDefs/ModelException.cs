namespace ConvNets.ModelDefs;

/// <summary>A model, or a layer in it, that cannot be built as described: the message names the layer, what it received and what it expects.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Makes the exception.</summary>
    public ModelException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public ModelException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes the exception without a message.</summary>
    public ModelException()
    {
    }
}
