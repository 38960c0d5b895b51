namespace ConvNets.Formats;

/// <summary>The type of an exported graph's inputs.</summary>
public enum OnnxElementType
{
    /// <summary>32-bit floats.</summary>
    Float,

    /// <summary>Bytes, as images have them; the graph converts them.</summary>
    UInt8,
}

/// <summary>The shape that samples have in an exported graph's input or output.</summary>
public enum OnnxShape
{
    /// <summary>Any number of samples: (N, height, width, channels).</summary>
    Batch,

    /// <summary>One sample without a batch dimension: (height, width, channels).</summary>
    Sample,

    /// <summary>One sample as a flat vector in row-major order: (height · width · channels).</summary>
    Vector,
}

/// <summary>How a model is written as ONNX. The defaults give the model as Keras has it: floats (N, …) in, the last layer's output (N, …) out.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>The type of the inputs. Default: <see cref="OnnxElementType.Float"/>.</summary>
    public OnnxElementType InputType { get; init; }

    /// <summary>What each input value is divided by first, e.g. 255 for bytes. Default: 1.</summary>
    public float InputDivisor { get; init; } = 1;

    /// <summary>The shape of the inputs. Default: <see cref="OnnxShape.Batch"/>. ML.NET's OnnxTransformer scores row by row and fits a graph without batch dimension best.</summary>
    public OnnxShape InputShape { get; init; }

    /// <summary>The shape of the outputs. Default: <see cref="OnnxShape.Batch"/>; the others need an input without batch dimension.</summary>
    public OnnxShape OutputShape { get; init; }

    /// <summary>Whether a sigmoid or softmax at the very end is left out, so that the graph gives logits. Default: false.</summary>
    public bool Logits { get; init; }

    /// <summary>What the output is multiplied with. Default: 1.</summary>
    public float OutputScale { get; init; } = 1;

    /// <summary>What is added to the output after <see cref="OutputScale"/>. Default: 0.</summary>
    public float OutputShift { get; init; }

    /// <summary>The names of the graph's inputs; those of the input layers when null.</summary>
    public IReadOnlyList<string>? InputNames { get; init; }

    /// <summary>The names of the graph's outputs; those of the output layers when null.</summary>
    public IReadOnlyList<string>? OutputNames { get; init; }

    /// <summary>What is out of range, for a model of so many inputs and outputs.</summary>
    internal IReadOnlyList<string> Problems(int inputs, int outputs)
    {
        List<string> wrong = [];
        if (!Enum.IsDefined(InputType))
            wrong.Add($"{nameof(InputType)} {InputType} is not defined");
        if (!Enum.IsDefined(InputShape) || !Enum.IsDefined(OutputShape))
            wrong.Add($"{nameof(InputShape)} {InputShape} or {nameof(OutputShape)} {OutputShape} is not defined");
        if (InputShape == OnnxShape.Batch && OutputShape != OnnxShape.Batch)
            wrong.Add($"{nameof(OutputShape)} {OutputShape} holds one sample, so that {nameof(InputShape)} must be {OnnxShape.Sample} or {OnnxShape.Vector}; it is {InputShape}");
        if (!float.IsFinite(InputDivisor) || InputDivisor == 0 || !float.IsFinite(OutputScale) || OutputScale == 0)
            wrong.Add($"{nameof(InputDivisor)} and {nameof(OutputScale)} must be finite and not 0; received {InputDivisor} and {OutputScale}");
        if (!float.IsFinite(OutputShift))
            wrong.Add($"{nameof(OutputShift)} must be finite; received {OutputShift}");
        CheckNames(nameof(InputNames), InputNames, inputs);
        CheckNames(nameof(OutputNames), OutputNames, outputs);
        if (InputNames is not null && OutputNames is not null && InputNames.Intersect(OutputNames, StringComparer.Ordinal).FirstOrDefault() is { } both)
            wrong.Add($"\"{both}\" names both an input and an output");
        return wrong;

        void CheckNames(string property, IReadOnlyList<string>? names, int expected)
        {
            if (names is null)
                return;
            if (names.Count != expected)
                wrong.Add($"{property} has {names.Count} names; the model has {expected}");
            if (names.Any(string.IsNullOrEmpty) || names.Distinct(StringComparer.Ordinal).Count() != names.Count)
                wrong.Add($"{property} must be different and not empty; received \"{string.Join("\", \"", names)}\"");
        }
    }
}
