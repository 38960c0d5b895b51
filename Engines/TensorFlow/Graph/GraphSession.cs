using System.Runtime.InteropServices;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>What a run of a session takes and gives: looked up once, run many times.</summary>
internal sealed class GraphCall(NativeGraph graph, IEnumerable<GraphOutput> feeds, IEnumerable<GraphOutput> fetches, IEnumerable<string> targets)
{
    /// <summary>What is fed in.</summary>
    public NativeOutput[] Feeds { get; } = [.. feeds.Select(graph.Output)];

    /// <summary>What is given out.</summary>
    public NativeOutput[] Fetches { get; } = [.. fetches.Select(graph.Output)];

    /// <summary>What is run besides.</summary>
    public nint[] Targets { get; } = [.. targets.Select(graph.Operation)];
}

/// <summary>Runs a graph. Made once and reused; a graph that has grown is taken over at the next run.</summary>
internal sealed unsafe class GraphSession : IDisposable
{
    private readonly StatusHandle _status = new();
    private readonly SessionHandle _session;

    /// <param name="graph">The graph.</param>
    /// <param name="intraOpThreads">Threads that share the work of one operation.</param>
    /// <param name="interOpThreads">Threads that run operations side by side.</param>
    /// <exception cref="TensorFlowException">TensorFlow does not make the session.</exception>
    public GraphSession(NativeGraph graph, int intraOpThreads, int interOpThreads)
    {
        using var options = new SessionOptionsHandle();
        byte[] config = Config(intraOpThreads, interOpThreads);
        fixed (byte* bytes = config)
            TensorFlowApi.TF_SetConfig(options, bytes, (nuint)config.Length, _status);
        _status.Check("take the session's options");
        _session = new SessionHandle(TensorFlowApi.TF_NewSession(graph.Handle, options, _status));
        _status.Check("make a session");
    }

    /// <summary>The devices that operations can run on, e.g. <c>/job:localhost/replica:0/task:0/device:CPU:0</c>.</summary>
    public IReadOnlyList<string> Devices
    {
        get
        {
            using var list = new DeviceListHandle(TensorFlowApi.TF_SessionListDevices(_session, _status));
            _status.Check("list its devices");
            string[] names = new string[TensorFlowApi.TF_DeviceListCount(list)];
            for (int i = 0; i < names.Length; i++)
                names[i] = Marshal.PtrToStringUTF8((nint)TensorFlowApi.TF_DeviceListName(list, i, _status))!;
            return names;
        }
    }

    /// <summary>Runs a part of the graph.</summary>
    /// <param name="call">Which part.</param>
    /// <param name="inputs">The values that are fed in.</param>
    /// <param name="results">Where the results go; the caller gives them back.</param>
    /// <param name="what">What this is, for the message of an error.</param>
    /// <exception cref="TensorFlowException">An operation fails.</exception>
    public void Run(GraphCall call, ReadOnlySpan<TensorHandle> inputs, Span<TensorHandle> results, string what)
    {
        nint* inputValues = stackalloc nint[inputs.Length];
        nint* outputValues = stackalloc nint[call.Fetches.Length];
        for (int i = 0; i < inputs.Length; i++)
            inputValues[i] = inputs[i].Value;
        new Span<nint>(outputValues, call.Fetches.Length).Clear();
        fixed (NativeOutput* feeds = call.Feeds, fetches = call.Fetches)
        fixed (nint* targets = call.Targets)
        {
            TensorFlowApi.TF_SessionRun(_session, 0, feeds, inputValues, call.Feeds.Length, fetches, outputValues, call.Fetches.Length, targets, call.Targets.Length, 0, _status);
        }
        foreach (TensorHandle input in inputs)
            GC.KeepAlive(input);
        _status.Check(what);
        for (int i = 0; i < results.Length; i++)
            results[i] = new TensorHandle(outputValues[i]);
    }

    public void Dispose()
    {
        _session.Dispose();
        _status.Dispose();
    }

    /// <summary>
    /// A ConfigProto: intra_op_parallelism_threads = 2, inter_op_parallelism_threads = 5, gpu_options.allow_growth = 6.4 (else TensorFlow takes all of a GPU's memory),
    /// allow_soft_placement = 7 (operations that a device lacks run on the CPU), use_per_session_threads = 9.
    /// </summary>
    private static byte[] Config(int intraOpThreads, int interOpThreads) =>
        [2 << 3, .. Varint(intraOpThreads), 5 << 3, .. Varint(interOpThreads), 6 << 3 | 2, 2, 4 << 3, 1, 7 << 3, 1, 9 << 3, 1];

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
