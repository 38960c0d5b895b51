using ConvNets.ModelDefs;

namespace ConvNets.Engines;

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
                    float radius = MathF.Sqrt(-2 * MathF.Log(1 - Philox.Uniform(block[pair]))) * (float)layer.Stddev;
                    (float sin, float cos) = MathF.SinCos(2 * MathF.PI * Philox.Uniform(block[pair + 1]));
                    (noise[pair], noise[pair + 1]) = (radius * cos, radius * sin);
                }
            }
            Output.Data[first + i] = Inputs[0].Data[first + i] + noise[(int)(i % 4)];
        }
    }

    protected override void BackwardRun(long first, long length, int worker) => _kernels.Scale(Output.Gradient + first, 1, Inputs[0].Gradient + first, length, Accumulates[0]);
}
