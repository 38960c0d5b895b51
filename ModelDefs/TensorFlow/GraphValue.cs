namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>A value that formulas are written with: every operator and function adds a node. Numbers become constants of the value's type.</summary>
/// <param name="Graph">What nodes are added to.</param>
/// <param name="Path">What their names begin with.</param>
/// <param name="Output">The value.</param>
internal readonly record struct GraphValue(GraphBuilder Graph, string Path, GraphOutput Output)
{
    public static implicit operator GraphOutput(GraphValue value) => value.Output;

    public static implicit operator GraphInput(GraphValue value) => value.Output;

    public static GraphValue operator +(GraphValue a, GraphValue b) => a.Apply("AddV2", b);

    public static GraphValue operator +(GraphValue a, double b) => a + a.Number(b);

    public static GraphValue operator +(double a, GraphValue b) => b.Number(a) + b;

    public static GraphValue operator -(GraphValue a, GraphValue b) => a.Apply("Sub", b);

    public static GraphValue operator -(GraphValue a, double b) => a - a.Number(b);

    public static GraphValue operator -(double a, GraphValue b) => b.Number(a) - b;

    public static GraphValue operator -(GraphValue a) => a.Apply("Neg");

    public static GraphValue operator *(GraphValue a, GraphValue b) => a.Apply("Mul", b);

    public static GraphValue operator *(GraphValue a, double b) => a * a.Number(b);

    public static GraphValue operator *(double a, GraphValue b) => b.Number(a) * b;

    public static GraphValue operator /(GraphValue a, GraphValue b) => a.Apply("RealDiv", b);

    public static GraphValue operator /(GraphValue a, double b) => a / a.Number(b);

    public static GraphValue operator /(double a, GraphValue b) => b.Number(a) / b;

    /// <summary>An operation on this value and others of its type, e.g. <c>Exp</c> or <c>Pow</c>.</summary>
    public GraphValue Apply(string operation, params IReadOnlyList<GraphValue> others) => Of(Graph.Of(Output.Type, operation, Name(operation), [Output, .. others.Select(o => (GraphInput)o)]));

    /// <summary>A constant of this value's type.</summary>
    public GraphValue Number(double value) => Of(Graph.Scalar(Name("number"), value, Output.Type));

    /// <summary>Another value in this one's formulas.</summary>
    public GraphValue Of(GraphOutput output) => this with { Output = output };

    public GraphValue Max(GraphValue other) => Apply("Maximum", other);

    public GraphValue Max(double other) => Max(Number(other));

    public GraphValue Min(GraphValue other) => Apply("Minimum", other);

    public GraphValue Min(double other) => Min(Number(other));

    public GraphValue Clamp(double least, double greatest) => Max(least).Min(greatest);

    /// <summary>Whether each value stands in a relation to another, e.g. <c>Greater</c>.</summary>
    public GraphValue Is(string relation, GraphValue other) => Of(Graph.Add(relation, Name(relation), [Output, other.Output], DataType.Bool, [], ("T", Output.Type)));

    public GraphValue Is(string relation, double other) => Is(relation, Number(other));

    /// <summary>Where this is true one value, else another.</summary>
    public GraphValue Choose(GraphValue yes, GraphValue no) => Of(Graph.Of(yes.Output.Type, "SelectV2", Name("SelectV2"), [Output, yes, no]));

    public GraphValue Sum(bool keepAxes, params int[] axes) => Reduce("Sum", keepAxes, axes);

    public GraphValue Mean(bool keepAxes, params int[] axes) => Reduce("Mean", keepAxes, axes);

    public GraphValue Reduce(string operation, bool keepAxes, params int[] axes) => Of(Graph.Reduce(operation, Name(operation), Output, keepAxes, axes));

    public GraphValue Reshape(params int[] shape) => Of(Graph.Reshape(Name("Reshape"), Output, shape));

    public GraphValue Reshape(GraphOutput shape) => Of(Graph.Reshape(Name("Reshape"), Output, shape));

    public GraphValue Slice(int[] begin, int[] size) => Of(Graph.Slice(Name("Slice"), Output, begin, size));

    public GraphValue Cast(DataType type) => Of(Graph.Add("Cast", Name("Cast"), [Output], type, [], ("SrcT", Output.Type), ("DstT", type), ("Truncate", false)));

    private string Name(string operation) => $"{Path}/{operation}";
}
