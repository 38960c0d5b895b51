namespace ConvNets.Engines;

/// <summary>A convolution of images with packed filters whose output is max-pooled as soon as it is computed, and not kept.</summary>
internal abstract unsafe class PooledConvolution
{
    /// <summary>The fastest way that suits a shape and the pool behind it.</summary>
    public static PooledConvolution For(PlanContext context, WindowShape shape, PoolShape pool)
    {
        ConvolutionPass pass = ConvolutionPass.For(context, shape, pool);
        return pass is DirectConvolution && WindowConvolution.Suits(context.Kernels, shape, pool) ? new WindowConvolution(context, shape, pool) : pass;
    }

    /// <summary>In how many parts each image is cut: where images do not keep all threads busy, in one for each.</summary>
    protected static int PartsOfImage(int images, int threads) => images % threads != 0 && images < 8 * threads ? threads : 1;

    /// <summary>Floats of all groups' packed filters.</summary>
    public abstract long PackedSize { get; }

    /// <summary>Floats of the packed bias.</summary>
    public abstract int BiasSize { get; }

    /// <summary>Lays out filters (u, v, c, f).</summary>
    /// <param name="kernel">The filters.</param>
    /// <param name="bias">The bias; null for none.</param>
    /// <param name="packed">Where <see cref="PackedSize"/> floats go.</param>
    /// <param name="packedBias">Where <see cref="BiasSize"/> floats go, zeros at first.</param>
    public abstract void Pack(float* kernel, float* bias, float* packed, float* packedBias);

    /// <summary>Floats of scratch memory that a worker needs for <see cref="RunPooled"/>.</summary>
    public abstract long PooledScratchSize(in PoolShape pool);

    /// <summary>The rows of windows that make a piece of work.</summary>
    public abstract int PooledRows(in PoolShape pool);

    /// <summary>Whether <see cref="RunPooled"/> takes images of bytes, too.</summary>
    public virtual bool ReadsBytes(in PoolShape pool) => false;

    /// <summary>Computes some rows of one image's output pooled: each window's greatest value.</summary>
    /// <param name="pool">The windows, which do not overlap.</param>
    /// <param name="first">The first row of windows.</param>
    /// <param name="end">The row behind the last.</param>
    /// <param name="x">The image.</param>
    /// <param name="next">From there to the image that the same thread is likely to take next, which is asked for meanwhile; 0 for none.</param>
    /// <param name="packed">The packed filters.</param>
    /// <param name="bias">The packed bias.</param>
    /// <param name="y">Where the first window's values go, behind each other for all windows.</param>
    /// <param name="tap">Where the number of the greatest value's pixel in its window goes; null where that is not needed.</param>
    /// <param name="relu">Whether negative values become 0.</param>
    /// <param name="scratch">The worker's memory.</param>
    public abstract void RunPooled(in PoolShape pool, int first, int end, Pixels x, nint next, float* packed, float* bias, float* y, float* tap, bool relu, float* scratch);
}
