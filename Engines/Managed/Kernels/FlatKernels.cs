namespace ConvNets.Engines;

/// <summary>Kernels over runs of floats whose place does not matter.</summary>
internal abstract unsafe class FlatKernels
{
    /// <summary>x = max(x, 0), in place.</summary>
    public abstract void Relu(float* x, long count);

    /// <summary>gradient = 0 where y ≤ 0, in place: the derivative of <see cref="Relu"/> seen from its output.</summary>
    public abstract void ReluGradient(float* y, float* gradient, long count);

    /// <summary>destination += source.</summary>
    public abstract void Add(float* source, float* destination, long count);

    /// <summary>Copies rows of values from a place where they are so far apart to one where they are otherwise.</summary>
    public abstract void CopyRows(float* source, nint sourceRow, float* destination, nint destinationRow, int rows, int width);

    /// <summary>destination += factor · source, over a whole number of the widest vectors.</summary>
    public abstract void AddScaled(float* source, float factor, float* destination, int count);

    /// <summary>Writes a matrix's rows as columns.</summary>
    public abstract void Transpose(float* from, nint fromRow, float* to, nint toRow, int rows, int columns);

    /// <summary>Σ a·b, in an order that depends on the count alone.</summary>
    public abstract float Dot(float* a, float* b, long count);
}

/// <inheritdoc/>
internal sealed unsafe class FlatKernels<V, S> : FlatKernels where V : struct where S : struct, ISimd<V>
{
    // So much of a dot product is summed in single precision before the sum goes on in double.
    private const int DotBlock = 1024;

    public override void Relu(float* x, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(x + i, S.Max(S.Load(x + i), S.Zero));
        for (; i < count; i++)
            x[i] = MathF.Max(x[i], 0);
    }

    public override void ReluGradient(float* y, float* gradient, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(gradient + i, S.SelectGreater(S.Load(y + i), S.Zero, S.Load(gradient + i), S.Zero));
        for (; i < count; i++)
            gradient[i] = y[i] > 0 ? gradient[i] : 0;
    }

    public override void Add(float* source, float* destination, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(destination + i, S.Add(S.Load(destination + i), S.Load(source + i)));
        for (; i < count; i++)
            destination[i] += source[i];
    }

    public override void CopyRows(float* source, nint sourceRow, float* destination, nint destinationRow, int rows, int width)
    {
        for (; rows > 0; rows--, source += sourceRow, destination += destinationRow)
        {
            int i = 0;
            for (; i <= width - S.Width; i += S.Width)
                S.Store(destination + i, S.Load(source + i));
            for (; i < width; i++)
                destination[i] = source[i];
        }
    }

    public override void AddScaled(float* source, float factor, float* destination, int count)
    {
        V f = S.Create(factor);
        for (int i = 0; i < count; i += S.Width)
            S.Store(destination + i, S.MultiplyAdd(S.Load(source + i), f, S.Load(destination + i)));
    }

    public override void Transpose(float* from, nint fromRow, float* to, nint toRow, int rows, int columns)
    {
        // A block's lines on both sides stay in the first cache.
        const int Block = 16;
        for (int top = 0; top < rows; top += Block)
        {
            for (int left = 0; left < columns; left += Block)
            {
                int bottom = Math.Min(top + Block, rows), right = Math.Min(left + Block, columns);
                for (int column = left; column < right; column++)
                {
                    float* line = to + column * toRow;
                    for (int row = top; row < bottom; row++)
                        line[row] = from[row * fromRow + column];
                }
            }
        }
    }

    public override float Dot(float* a, float* b, long count)
    {
        double sum = 0;
        long i = 0;
        float* lanes = stackalloc float[16];
        for (; i <= count - DotBlock; i += DotBlock)
        {
            V s0 = S.Zero, s1 = s0, s2 = s0, s3 = s0;
            for (long k = i; k < i + DotBlock; k += 4 * S.Width)
            {
                s0 = S.MultiplyAdd(S.Load(a + k), S.Load(b + k), s0);
                s1 = S.MultiplyAdd(S.Load(a + k + S.Width), S.Load(b + k + S.Width), s1);
                s2 = S.MultiplyAdd(S.Load(a + k + 2 * S.Width), S.Load(b + k + 2 * S.Width), s2);
                s3 = S.MultiplyAdd(S.Load(a + k + 3 * S.Width), S.Load(b + k + 3 * S.Width), s3);
            }
            S.Store(lanes, S.Add(S.Add(s0, s1), S.Add(s2, s3)));
            for (int lane = 0; lane < S.Width; lane++)
                sum += lanes[lane];
        }
        for (; i < count; i++)
            sum += (double)a[i] * b[i];
        return (float)sum;
    }
}
