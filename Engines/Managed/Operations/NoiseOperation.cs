using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Adds normally distributed noise.</summary>
internal sealed unsafe class NoiseOperation(PlanContext context, GaussianNoise layer) : RunOperation(context)
{
    // So many numbers lie in the first cache between the passes that draw them, shape them and add them.
    private const int Block = 1024;

    private readonly ElementKernels _kernels = context.Kernels.Elements;
    private readonly RandomStream _random = context.NewStream(layer.Seed);

    public override long WorkerScratchSize => Block;

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardRun(long first, long length, int worker)
    {
        float* noise = WorkerScratch(worker);
        for (long i = first; i < first + length; i += Block)
        {
            int count = (int)Math.Min(Block, first + length - i);
            _random.Draw(i / 4, (uint*)noise, (count + 3) / 4);
            RandomKernels.ToNormal(noise, count);
            _kernels.WeightedSum(Inputs[0].Data + i, 1, noise, (float)layer.Stddev, Output.Data + i, count);
        }
    }

    protected override void BackwardRun(long first, long length, int worker) => _kernels.Scale(Output.Gradient + first, 1, Inputs[0].Gradient + first, length, Accumulates[0]);
}
