namespace ConvNets.Transforms;

/// <summary>A column, or a value in it, that an estimator cannot use: the message names it, says what was found and expected, and how to mend it.</summary>
public sealed class ColumnException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="columnName">The column.</param>
    /// <param name="problem">What is wrong with it: what was found, what was expected, how to mend it.</param>
    /// <param name="row">The row of the value, from 0; null where the whole column is meant.</param>
    public ColumnException(string columnName, string problem, long? row = null) : base($"Column \"{columnName}\"{(row is null ? "" : $", row {row}")}: {problem}")
    {
        ColumnName = columnName;
        Row = row;
    }

    /// <summary>Makes the exception with a message.</summary>
    public ColumnException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with a message and its cause.</summary>
    public ColumnException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes the exception without a message.</summary>
    public ColumnException()
    {
    }

    /// <summary>The column.</summary>
    public string? ColumnName { get; }

    /// <summary>The row of the value, from 0; null where the whole column is meant.</summary>
    public long? Row { get; }
}
