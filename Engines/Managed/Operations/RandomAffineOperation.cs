using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Maps each image by an affine transformation of its own: output pixel (column j, row i) shows the input at (a₀j + a₁i + a₂, b₀j + b₁i + b₂), between pixels and outside the image
/// as TensorFlow's ImageProjectiveTransformV3 has it. The way back adds each derivative to the pixels that were read.
/// </summary>
internal sealed unsafe class RandomAffineOperation : PieceOperation
{
    private readonly RandomStream _random;
    private readonly Func<RandomNumbers, AffineMap> _draw;
    private readonly FillMode _fill;
    private readonly float _fillValue;
    private readonly Interpolation _interpolation;

    public RandomAffineOperation(PlanContext context, long? seed, FillMode fill, double fillValue, Interpolation interpolation, Func<RandomNumbers, AffineMap> draw) : base(context) =>
        (_random, _draw, _fill, _fillValue, _interpolation) = (context.NewStream(seed), draw, fill, (float)fillValue, interpolation);

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardPiece(int piece, int worker) => Walk(piece, backward: false);

    protected override void BackwardPiece(int piece, int worker)
    {
        if (!Accumulates[0])
            new Span<float>(Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size, Inputs[0].Shape.Size).Clear();
        Walk(piece, backward: true);
    }

    private void Walk(int image, bool backward)
    {
        Span<uint> numbers = stackalloc uint[4];
        _random.Draw(image, numbers);
        AffineMap map = _draw(new RandomNumbers(numbers[0], numbers[1]));
        int height = Output.Shape[0], width = Output.Shape[1], channels = Output.Shape[2];
        float* from = (backward ? Inputs[0].Gradient : Inputs[0].Data) + (long)image * Inputs[0].Shape.Size;
        float* to = (backward ? Output.Gradient : Output.Data) + (long)image * Output.Shape.Size;
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++, to += channels)
            {
                float x = Inside(map.A0 * j + map.A1 * i + map.A2, width), y = Inside(map.B0 * j + map.B1 * i + map.B2, height);
                if (!backward)
                    new Span<float>(to, channels).Clear();
                if (_interpolation == Interpolation.Nearest)
                {
                    Tap((int)MathF.Round(y), (int)MathF.Round(x), 1);
                    continue;
                }
                float left = MathF.Floor(x), top = MathF.Floor(y), right = x - left, down = y - top;
                Tap((int)top, (int)left, (1 - down) * (1 - right));
                Tap((int)top, (int)left + 1, (1 - down) * right);
                Tap((int)top + 1, (int)left, down * (1 - right));
                Tap((int)top + 1, (int)left + 1, down * right);
            }
        }

        void Tap(int row, int column, float weight)
        {
            bool inside = row >= 0 && row < height && column >= 0 && column < width;
            float* pixel = from + ((long)row * width + column) * channels;
            for (int c = 0; c < channels; c++)
            {
                if (!backward)
                    to[c] += weight * (inside ? pixel[c] : _fillValue);
                else if (inside)
                    pixel[c] += weight * to[c];
            }
        }
    }

    /// <summary>A coordinate outside the image, brought back in as the fill mode says.</summary>
    private float Inside(float at, int length)
    {
        switch (_fill)
        {
            case FillMode.Constant:
                return at;
            case FillMode.Reflect:
                int twice = 2 * length;
                if (at < 0)
                {
                    if (at < twice)
                        at += twice * (int)(-at / twice);
                    at = at < -length ? at + twice : -at - 1;
                }
                else if (at > length - 1)
                {
                    at -= twice * (int)(at / twice);
                    if (at >= length)
                        at = twice - at - 1;
                }
                break;
            case FillMode.Wrap when length > 1:
                if (at < 0)
                    at += length * ((int)(-at / (length - 1)) + 1);
                else if (at > length - 1)
                    at -= length * (int)(at / (length - 1));
                break;
        }
        return Math.Clamp(at, 0, length - 1);
    }
}

/// <summary>Which input place an output pixel shows: column A0·j + A1·i + A2, row B0·j + B1·i + B2.</summary>
internal readonly record struct AffineMap(float A0, float A1, float A2, float B0, float B1, float B2)
{
    /// <summary>A flip, of both axes or of one.</summary>
    public static AffineMap Flip(bool columns, bool rows, TensorShape image) => new(columns ? -1 : 1, 0, columns ? image[1] - 1 : 0, 0, rows ? -1 : 1, rows ? image[0] - 1 : 0);

    /// <summary>A translation by parts of the height and width.</summary>
    public static AffineMap Translation(double down, double right, TensorShape image) => new(1, 0, -(float)(right * image[1]), 0, 1, -(float)(down * image[0]));

    /// <summary>A rotation around the middle, in parts of a whole turn.</summary>
    public static AffineMap Rotation(double turn, TensorShape image)
    {
        (double sin, double cos) = Math.SinCos(2 * Math.PI * turn);
        double x = 0.5 * (image[1] - 1), y = 0.5 * (image[0] - 1);
        return new AffineMap((float)cos, (float)-sin, (float)(x - x * cos + y * sin), (float)sin, (float)cos, (float)(y - x * sin - y * cos));
    }

    /// <summary>A change of size around the middle: so many times the rows and columns are shown.</summary>
    public static AffineMap Zoom(double rows, double columns, TensorShape image) =>
        new((float)columns, 0, (float)((image[1] - 1) / 2.0 * (1 - columns)), 0, (float)rows, (float)((image[0] - 1) / 2.0 * (1 - rows)));
}

/// <summary>What an image's transformation is drawn from.</summary>
internal readonly record struct RandomNumbers(uint First, uint Second);
