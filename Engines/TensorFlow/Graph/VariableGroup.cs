using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Variables of a session whose values are read and set together. The nodes for that are added at the first use.</summary>
internal sealed unsafe class VariableGroup(NativeGraph graph, GraphSession session, IReadOnlyList<GraphOutput> variables, IReadOnlyList<TensorShape> shapes)
{
    private GraphCall? _get;
    private GraphCall? _set;

    /// <summary>A copy of the values.</summary>
    public float[][] Get()
    {
        if (variables.Count == 0)
            return [];
        if (_get is null)
        {
            GraphOutput[] reads = [.. variables.Select(variable => graph.Builder.Read(variable))];
            graph.Extend();
            _get = new GraphCall(graph, [], reads, []);
        }
        var values = new TensorHandle[variables.Count];
        session.Run(_get, [], values, "read variables");
        return [.. values.Select(value =>
        {
            using (value)
                return value.Floats.ToArray();
        })];
    }

    /// <summary>Sets the values.</summary>
    public void Set(Func<int, float[]> valueOf) => SetTensors(i =>
    {
        fixed (float* value = valueOf(i))
            return TensorHandle.Copy(value, Dimensions(i));
    });

    /// <summary>Sets the values from memory that is not the garbage collector's.</summary>
    public void SetFrom(Func<int, nint> addressOf) => SetTensors(i => TensorHandle.Copy((float*)addressOf(i), Dimensions(i)));

    private long[] Dimensions(int i) => [.. shapes[i].Select(d => (long)d)];

    private void SetTensors(Func<int, TensorHandle> valueOf)
    {
        if (variables.Count == 0)
            return;
        if (_set is null)
        {
            GraphOutput[] next = [.. variables.Select((variable, i) => graph.Builder.Placeholder($"{variable.Node}/next", Dimensions(i)))];
            string[] assigns = [.. variables.Zip(next, graph.Builder.Assign)];
            graph.Extend();
            _set = new GraphCall(graph, next, [], assigns);
        }
        var values = new TensorHandle[variables.Count];
        try
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = valueOf(i);
            session.Run(_set, values, [], "set variables");
        }
        finally
        {
            foreach (TensorHandle value in values)
                value?.Dispose();
        }
    }
}
