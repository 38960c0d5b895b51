namespace ConvNets.ModelDefs;

/// <summary>A layer that makes one tensor of several, value by value. Inputs of one shape, or of shapes that differ where one has a 1, which is then
/// repeated; output the larger shape. A shape of fewer axes gets axes of 1 behind the batch, as in Keras.</summary>
public abstract class MergeLayer : Layer
{
    private protected MergeLayer(string? name) : base(name)
    {
    }

    /// <inheritdoc/>
    public override int MinimumInputs => 2;

    /// <inheritdoc/>
    public override int MaximumInputs => int.MaxValue;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        int rank = inputShapes.Max(shape => shape.Rank);
        TensorShape result = Extended(inputShapes[0], rank);
        foreach (TensorShape shape in inputShapes.Skip(1).Select(shape => Extended(shape, rank)))
        {
            if (shape.Zip(result).Any(d => d.First != d.Second && d.First != 1 && d.Second != 1))
                throw BadInput(string.Join(", ", inputShapes), "inputs of one shape, or of shapes that differ only where one of them is 1");
            result = [.. shape.Zip(result, Math.Max)];
        }
        return result;
    }

    /// <summary>A shape with as many axes as the output has: those that it lacks are in front, of size 1.</summary>
    public static TensorShape Extended(TensorShape shape, int rank)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return [.. Enumerable.Repeat(1, rank - shape.Rank), .. shape];
    }
}

/// <summary>The sum of its inputs. Inputs of one shape, or with 1 where they differ; output the same.</summary>
public sealed class Add(string? name = null) : MergeLayer(name);

/// <summary>The first input minus the second. Inputs of one shape, or with 1 where they differ; output the same.</summary>
public sealed class Subtract(string? name = null) : MergeLayer(name)
{
    /// <inheritdoc/>
    public override int MaximumInputs => 2;
}

/// <summary>The product of its inputs. Inputs of one shape, or with 1 where they differ; output the same.</summary>
public sealed class Multiply(string? name = null) : MergeLayer(name);

/// <summary>The mean of its inputs. Inputs of one shape, or with 1 where they differ; output the same.</summary>
public sealed class Average(string? name = null) : MergeLayer(name);

/// <summary>The greatest of its inputs. Inputs of one shape, or with 1 where they differ; output the same. Among equals the first gets the gradient, as in TensorFlow.</summary>
public sealed class Maximum(string? name = null) : MergeLayer(name);

/// <summary>The least of its inputs. Inputs of one shape, or with 1 where they differ; output the same. Among equals the first gets the gradient, as in TensorFlow.</summary>
public sealed class Minimum(string? name = null) : MergeLayer(name);
