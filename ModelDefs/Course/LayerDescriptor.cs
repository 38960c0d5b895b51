namespace ConvNets.ModelDefs;

/// <summary>
/// What the course's unit tests compare of a layer, as Python prints it: class name, output shape, parameters, and by class: Conv2D its padding, activation and kernel
/// initializer; MaxPooling2D its pool size, strides and padding; ZeroPadding2D its padding; Dense its activation.
/// </summary>
/// <param name="Text">E.g. <c>['Dense', (None, 1), 32769, 'sigmoid']</c>.</param>
public sealed record LayerDescriptor(string Text)
{
    /// <summary>A descriptor written literally, as the course does.</summary>
    public static implicit operator LayerDescriptor(string text) => new(text);

    /// <summary>The descriptor as Python prints it.</summary>
    public override string ToString() => Text;

    internal static LayerDescriptor Of(Model model, Layer layer) =>
        new($"[{string.Join(", ", [$"'{layer.ClassName}'", OutputShape(model, layer), $"{layer.CountParameters()}", .. layer.Descriptor()])}]");

    /// <summary>A layer's output shape in a model; several outputs, and those of an input layer, in brackets.</summary>
    internal static string OutputShape(Model model, Layer layer)
    {
        IReadOnlyList<KerasTensor> outputs = model.Nodes.First(n => n.Layer == layer).Outputs;
        return layer is InputLayer || outputs.Count > 1 ? $"[{string.Join(", ", outputs.Select(o => o.Shape))}]" : outputs[0].Shape.ToString();
    }
}
