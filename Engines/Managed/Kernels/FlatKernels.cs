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
}

/// <inheritdoc/>
internal sealed unsafe class FlatKernels<V, S> : FlatKernels where V : struct where S : struct, ISimd<V>
{
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
        // Whole cache lines of the result are written before others that may displace them: rows a power of two apart share a few places of the cache.
        const int Line = 16, Block = 8;
        for (int top = 0; top < rows; top += Line)
        {
            int bottom = Math.Min(top + Line, rows);
            for (int left = 0; left < columns; left += Block)
            {
                for (int row = top; row < bottom; row += Block)
                    Transposition.Columns(from + row * fromRow + left, fromRow, Math.Min(Block, bottom - row), Math.Min(Block, columns - left), to + left * toRow + row, toRow);
            }
        }
    }
}
