namespace ConvNets.Engines;

/// <summary>
/// What a convolution's patches are among themselves, over a batch: their sums <c>S[k] = Σ patch[k]</c> and their Gram matrix <c>G[k, k'] = Σ patch[k]·patch[k']</c> with
/// k = (u, v, c), over all images and positions.
/// </summary>
/// <remarks>
/// With z = W·patch + b the convolved pixels, <c>Σ patch·(z − mean) = G·W + (b − mean)·S</c>: so a batch normalization's dense derivative reaches the filters without the convolved
/// image.
/// </remarks>
internal abstract unsafe class PatchMoments
{
    private readonly AlignedBuffer _gram;
    private readonly AlignedBuffer _sums;

    protected PatchMoments(PlanContext context, WindowShape shape)
    {
        _gram = context.Own(new AlignedBuffer((long)shape.Depth * shape.Depth));
        _sums = context.Own(new AlignedBuffer(shape.Depth));
    }

    /// <summary>Computed for each batch, or remembered for each image where images come again and the options allow it.</summary>
    public static PatchMoments For(PlanContext context, WindowShape shape) =>
        PatchCache.Suits(context, shape) ? new PatchCache(context, shape) : new PatchGram(context, shape, context.Capacity, context.Team);

    /// <summary>G, symmetric.</summary>
    public float* Gram => _gram.Pointer;

    /// <summary>S.</summary>
    public float* Sums => _sums.Pointer;

    /// <summary>Floats of scratch memory that a worker needs.</summary>
    public abstract long WorkerScratchSize { get; }

    /// <summary>Computes S and G of some images.</summary>
    public abstract void Run(int count, float* x, ScratchOf scratch);
}
