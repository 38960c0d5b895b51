namespace ConvNets.ModelDefs;

/// <summary>A height and a width in pixels: a window, a stride or a dilation. An integer stands for a square, as in Keras.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>A square.</summary>
    public static implicit operator Size2D(int side) => new(side, side);

    /// <summary>A height and a width.</summary>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>As Python prints a pair: <c>(2, 2)</c>.</summary>
    public override string ToString() => $"({Height}, {Width})";

    /// <summary>Throws when a side is below 1.</summary>
    internal Size2D CheckPositive(string argument) => Height >= 1 && Width >= 1
        ? this
        : throw new ArgumentOutOfRangeException(argument, this, "Both sides must be at least 1.");
}

/// <summary>Rows and columns of padding or cropping on the four sides of an image.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Left">Columns before.</param>
/// <param name="Right">Columns after.</param>
public readonly record struct Margins(int Top, int Bottom, int Left, int Right)
{
    /// <summary>The same on all four sides.</summary>
    public static implicit operator Margins(int all) => new(all, all, all, all);

    /// <summary>The same above and below, and the same left and right.</summary>
    public static implicit operator Margins((int Vertical, int Horizontal) symmetric) => new(symmetric.Vertical, symmetric.Vertical, symmetric.Horizontal, symmetric.Horizontal);

    /// <summary>Each side by itself, in Keras's order.</summary>
    public static implicit operator Margins(((int Top, int Bottom) Rows, (int Left, int Right) Columns) sides) => new(sides.Rows.Top, sides.Rows.Bottom, sides.Columns.Left, sides.Columns.Right);

    /// <summary>As Python prints Keras's nested pairs: <c>((3, 3), (3, 3))</c>.</summary>
    public override string ToString() => $"(({Top}, {Bottom}), ({Left}, {Right}))";

    /// <summary>Throws when a side is negative.</summary>
    internal Margins CheckNotNegative(string argument) => Top >= 0 && Bottom >= 0 && Left >= 0 && Right >= 0
        ? this
        : throw new ArgumentOutOfRangeException(argument, this, "No side may be negative.");
}
