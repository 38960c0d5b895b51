using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Dropout: values, or groups of them, are multiplied by 0 or by what makes up for that. The factors are kept for the way back.</summary>
internal sealed unsafe class DropoutOperation : RunOperation
{
    private readonly ElementKernels _kernels;
    private readonly RandomStream _random;
    private readonly uint _threshold;
    private readonly float _factor;
    private readonly int[]? _places;
    private readonly long _drawn;
    private readonly long _stateSize;

    /// <param name="context">The plan's.</param>
    /// <param name="rate">The share of zeros.</param>
    /// <param name="seed">The layer's own seed.</param>
    /// <param name="size">Values of a sample.</param>
    /// <param name="places">Which of a sample's numbers decides on each value, so that those of one number are dropped together; null where each value has its own.</param>
    /// <param name="eachSample">Whether each sample has numbers of its own.</param>
    public DropoutOperation(PlanContext context, double rate, long? seed, int size, int[]? places, bool eachSample) : base(context)
    {
        (_kernels, _random, _places) = (context.Kernels.Elements, context.NewStream(seed), places);
        _drawn = !eachSample ? 0 : places is null ? size : places.Max() + 1;
        _threshold = (uint)Math.Min(uint.MaxValue, rate * (1L << 32));
        _factor = rate < 1 ? (float)(1 / (1 - rate)) : 0;
        _stateSize = (long)context.Capacity * size;
    }

    public override long StateSize => _stateSize;

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardRun(long first, long length, int worker)
    {
        Span<uint> block = stackalloc uint[4];
        long drawn = -1;
        int size = Output.Shape.Size, place = (int)(first % size);
        long sample = first / size;
        for (long i = first; i < first + length; i++)
        {
            long number = sample * _drawn + (_places is null ? place : _places[place]);
            if (number >> 2 != drawn)
                _random.Draw(drawn = number >> 2, block);
            State[i] = block[(int)number & 3] >= _threshold ? _factor : 0;
            if (++place < size)
                continue;
            place = 0;
            sample++;
        }
        _kernels.Product(Inputs[0].Data + first, State + first, Output.Data + first, length, accumulate: false);
    }

    protected override void BackwardRun(long first, long length, int worker) =>
        _kernels.Product(Output.Gradient + first, State + first, Inputs[0].Gradient + first, length, Accumulates[0]);
}

/// <summary>Adds normally distributed noise (Box and Muller 1958: two normal numbers from two uniform ones).</summary>
internal sealed unsafe class NoiseOperation(PlanContext context, GaussianNoise layer) : RunOperation(context)
{
    private readonly ElementKernels _kernels = context.Kernels.Elements;
    private readonly RandomStream _random = context.NewStream(layer.Seed);

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardRun(long first, long length, int worker)
    {
        Span<uint> block = stackalloc uint[4];
        Span<float> noise = stackalloc float[4];
        for (long i = 0; i < length; i++)
        {
            if (i % 4 == 0)
            {
                _random.Draw((first + i) / 4, block);
                for (int pair = 0; pair < 4; pair += 2)
                {
                    float radius = MathF.Sqrt(-2 * MathF.Log(1 - RandomStream.Uniform(block[pair]))) * (float)layer.Stddev;
                    (float sin, float cos) = MathF.SinCos(2 * MathF.PI * RandomStream.Uniform(block[pair + 1]));
                    (noise[pair], noise[pair + 1]) = (radius * cos, radius * sin);
                }
            }
            Output.Data[first + i] = Inputs[0].Data[first + i] + noise[(int)(i % 4)];
        }
    }

    protected override void BackwardRun(long first, long length, int worker) => _kernels.Scale(Output.Gradient + first, 1, Inputs[0].Gradient + first, length, Accumulates[0]);
}
