namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>
/// What random layers of a training graph draw from. TensorFlow's stateless generator is <see cref="Philox"/> too: with the seed as key and (0, stream) as counter it gives the
/// numbers of the managed engine, bit by bit. Streams depend on the training step, which is fed in, and the layer's place in the model.
/// </summary>
/// <param name="seed">What layers without a seed of their own draw from.</param>
/// <param name="step">How many training steps there were, an integer of 64 bits.</param>
internal sealed class GraphRandom(long seed, GraphOutput step)
{
    // TensorFlow's number of the algorithm (rng_alg.h).
    private const int PhiloxAlgorithm = 1;

    private int _streams;

    /// <summary>Random bits for one random layer's call, 32 a number.</summary>
    /// <param name="call">The call.</param>
    /// <param name="layerSeed">The layer's own seed.</param>
    /// <param name="shape">How many numbers, a vector of integers.</param>
    public GraphValue Bits(LayerCall call, long? layerSeed, GraphOutput shape)
    {
        GraphBuilder graph = call.Graph;
        GraphValue next = call.Value(step) + call.Value(graph.Constant($"{call.Path}/stream", new GraphTensor(DataType.Int64, [], BitConverter.GetBytes(Philox.LayerStream(_streams++, 0)))));
        GraphOutput stream = graph.Add("Bitcast", $"{call.Path}/Bitcast", [next], DataType.UInt64, [], ("T", DataType.Int64), ("type", DataType.UInt64));
        GraphOutput key = graph.Constant($"{call.Path}/key", (ulong)(layerSeed ?? seed));
        GraphOutput counter = graph.Concatenate($"{call.Path}/counter", 0, graph.Constant($"{call.Path}/first", 0ul), graph.Reshape($"{call.Path}/second", stream, 1));
        return call.Value(graph.Add("StatelessRandomUniformFullIntV2", $"{call.Path}/bits", [shape, key, counter, graph.Integer($"{call.Path}/algorithm", PhiloxAlgorithm)], DataType.UInt32, [],
            ("dtype", DataType.UInt32), ("Tshape", DataType.Int32)));
    }

    /// <summary>Random bits as numbers in [0, 1), multiples of 2⁻²⁴.</summary>
    public static GraphValue Uniform(GraphValue bits, DataType type) => bits.Apply("RightShift", bits.Number(8)).Cast(type) * (1.0 / (1 << 24));
}
