using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConvNets.Data.Generated;

/// <summary>
/// A square RGB image in single precision (0 to 255) that shapes are painted on. An edge's pixels are blended by the edge's distance
/// from their centres, which costs one evaluation a pixel. Only operations that IEEE 754 rounds exactly are used (no fused
/// multiply-add), so every machine draws the same bytes.
/// </summary>
internal sealed class Canvas(int size)
{
    private readonly Vector3[] _pixels = new Vector3[size * size];

    /// <summary>Paints everything, from <paramref name="top"/> to <paramref name="bottom"/>.</summary>
    public void Clear(Vector3 top, Vector3 bottom)
    {
        for (int y = 0; y < size; y++)
        {
            float along = y / (float)(size - 1);
            Array.Fill(_pixels, top + ((bottom - top) * along), y * size, size);
        }
    }

    /// <summary>Paints a shape without an outline.</summary>
    /// <inheritdoc cref="Paint{TShape}(TShape, in Frame, Vector3, Vector3, float, float, float)"/>
    public void Paint<TShape>(TShape shape, in Frame frame, Vector3 colour, float rounding = 0, float opacity = 1)
        where TShape : struct, IShape => Paint(shape, frame, colour, default, 0, rounding, opacity);

    /// <summary>Paints a shape.</summary>
    /// <param name="shape">The shape, in the frame's coordinates.</param>
    /// <param name="frame">Where it lies in the image.</param>
    /// <param name="colour">Its colour.</param>
    /// <param name="edge">The outline's colour.</param>
    /// <param name="outline">The outline's width, outside of the shape, in units of the drawing.</param>
    /// <param name="rounding">0 for a flat colour, up to 1 for one that darkens towards the edge, as of something round.</param>
    /// <param name="opacity">0 to 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // hot from the first image on, which tiering would draw slowly
    public void Paint<TShape>(
        TShape shape, in Frame frame, Vector3 colour, Vector3 edge, float outline, float rounding = 0, float opacity = 1)
        where TShape : struct, IShape
    {
        Stadium bounds = shape.Bounds;
        (float x0, float y0) = frame.ToImage(bounds.X0, bounds.Y0);
        (float x1, float y1) = frame.ToImage(bounds.X1, bounds.Y1);
        float reach = ((bounds.Radius + outline) * frame.Scale) + 0.5f;
        int left = Math.Max((int)(float.MinNative(x0, x1) - reach), 0);
        int right = Math.Min((int)(float.MaxNative(x0, x1) + reach), size - 1);
        int top = Math.Max((int)(float.MinNative(y0, y1) - reach), 0);
        int bottom = Math.Min((int)(float.MaxNative(y0, y1) + reach), size - 1);
        float border = outline * frame.Scale;
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                (float px, float py) = frame.ToDrawing(x, y);
                float distance = shape.Distance(px, py) * frame.Scale;
                if (distance >= border + 0.5f)
                {
                    // Nothing of the shape is nearer than this; half of it, since an ellipse's distance is not exact.
                    x += (int)((distance - border - 0.5f) / 2);
                    continue;
                }

                Vector3 pixel = _pixels[(y * size) + x];
                if (border > 0 && distance > -0.5f)
                    pixel += (edge - pixel) * (float.MinNative(border + 0.5f - distance, 1) * opacity);
                if (distance < 0.5f)
                {
                    float shade = 1 - (rounding * float.MaxNative(1 + (distance * 0.3f), 0) * 0.35f);
                    pixel += ((colour * shade) - pixel) * (float.MinNative(0.5f - distance, 1) * opacity);
                }

                _pixels[(y * size) + x] = pixel;
            }
        }
    }

    /// <summary>
    /// Multiplies by light that grows along (<paramref name="alongX"/>, <paramref name="alongY"/>), adds noise, and rounds to bytes.
    /// </summary>
    /// <param name="light">Light in the middle; 1 leaves the colours as they are.</param>
    /// <param name="alongX">By how much it grows from the middle to the right edge.</param>
    /// <param name="alongY">By how much it grows from the middle to the lower edge.</param>
    /// <param name="noise">Standard deviation of the noise, in grey levels.</param>
    /// <param name="random">The noise's generator.</param>
    /// <param name="destination">Bytes, (size, size, 3).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Develop(float light, float alongX, float alongY, float noise, ref SplitMix64 random, Span<byte> destination)
    {
        // Three sums of three uniform 7-bit numbers from one call of the generator: bells of standard deviation 64.0 around 190.5.
        float amplitude = noise / 64;
        float half = (size - 1) / 2f;
        int at = 0;
        for (int y = 0; y < size; y++)
        {
            float row = light + (alongY * ((y - half) / half));
            for (int x = 0; x < size; x++, at += 3)
            {
                ulong bits = random.Next();
                Vector3 level = (_pixels[(y * size) + x] * (row + (alongX * ((x - half) / half))))
                    + (new Vector3(Bell(bits), Bell(bits >> 21), Bell(bits >> 42)) * amplitude);
                destination[at] = ToByte(level.X);
                destination[at + 1] = ToByte(level.Y);
                destination[at + 2] = ToByte(level.Z);
            }
        }
    }

    private static float Bell(ulong bits) => (int)(bits & 127) + (int)((bits >> 7) & 127) + (int)((bits >> 14) & 127) - 190.5f;

    private static byte ToByte(float level) => (byte)float.MinNative(float.MaxNative(level + 0.5f, 0), 255);
}
