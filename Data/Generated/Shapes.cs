using System.Runtime.InteropServices;

namespace ConvNets.Data.Generated;

/// <summary>All points within <paramref name="Radius"/> of the line from (x0, y0) to (x1, y1).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Stadium(float X0, float Y0, float X1, float Y1, float Radius);

/// <summary>
/// A shape given by its signed distance (negative inside) in a drawing's coordinates, and a <see cref="Stadium"/> that contains it.
/// </summary>
internal interface IShape
{
    /// <summary>A region that contains the shape.</summary>
    Stadium Bounds { get; }

    /// <summary>Signed distance of a point from the shape's edge, exact or, close to the edge, nearly so.</summary>
    float Distance(float x, float y);
}

/// <summary>A line from (x0, y0) to (x1, y1) with round ends, radius <paramref name="r0"/> there and <paramref name="r1"/> here.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Capsule(float x0, float y0, float x1, float y1, float r0, float r1) : IShape
{
    private readonly float _dx = x1 - x0;
    private readonly float _dy = y1 - y0;
    private readonly float _inverseSquare = 1 / (((x1 - x0) * (x1 - x0)) + ((y1 - y0) * (y1 - y0)));

    public Stadium Bounds => new(x0, y0, x1, y1, float.MaxNative(r0, r1));

    public float Distance(float x, float y)
    {
        float along = (((x - x0) * _dx) + ((y - y0) * _dy)) * _inverseSquare;
        along = float.MinNative(float.MaxNative(along, 0), 1);
        float ex = x - x0 - (along * _dx);
        float ey = y - y0 - (along * _dy);
        return MathF.Sqrt((ex * ex) + (ey * ey)) - r0 - (along * (r1 - r0));
    }
}

/// <summary>A rectangle with rounded corners.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct RoundedBox(float x, float y, float halfWidth, float halfHeight, float corner) : IShape
{
    public Stadium Bounds => new(x, y - halfHeight, x, y + halfHeight, halfWidth);

    public float Distance(float px, float py)
    {
        float qx = MathF.Abs(px - x) - halfWidth + corner;
        float qy = MathF.Abs(py - y) - halfHeight + corner;
        float ox = float.MaxNative(qx, 0);
        float oy = float.MaxNative(qy, 0);
        return MathF.Sqrt((ox * ox) + (oy * oy)) + float.MinNative(float.MaxNative(qx, qy), 0) - corner;
    }
}

/// <summary>
/// An ellipse with axes along x and y. The distance is that of first order: value over gradient of the implicit equation.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Ellipse(float x, float y, float radiusX, float radiusY) : IShape
{
    private readonly float _inverseX = 1 / radiusX;
    private readonly float _inverseY = 1 / radiusY;

    public Stadium Bounds => new(x, y, x, y, float.MaxNative(radiusX, radiusY));

    public float Distance(float px, float py)
    {
        float nx = (px - x) * _inverseX;
        float ny = (py - y) * _inverseY;
        float gx = nx * _inverseX;
        float gy = ny * _inverseY;
        float k = MathF.Sqrt((nx * nx) + (ny * ny));
        float gradient = MathF.Sqrt((gx * gx) + (gy * gy));
        return gradient < 1e-6f ? -float.MinNative(radiusX, radiusY) : k * (k - 1) / gradient;
    }
}

/// <summary>
/// What lies between two parabolas through the same two ends, (x ± halfWidth, y): <paramref name="upper"/> and
/// <paramref name="lower"/> say how far below the ends each has its middle. <paramref name="thickness"/> is added around, so that equal
/// parabolas make a stroke.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Crescent(float x, float y, float halfWidth, float upper, float lower, float thickness) : IShape
{
    public Stadium Bounds =>
        new(x - halfWidth, y, x + halfWidth, y, float.MaxNative(MathF.Abs(upper), MathF.Abs(lower)) + thickness);

    public float Distance(float px, float py)
    {
        float u = (px - x) / halfWidth;
        float clamped = float.MinNative(float.MaxNative(u, -1), 1);
        float hump = 1 - (clamped * clamped);
        float top = upper * hump;
        float bottom = lower * hump;
        float below = py - y - bottom;
        float above = top - (py - y);
        // Divided by the gradient of the nearer parabola, which turns a vertical difference into a distance.
        float slope = 2 * clamped / halfWidth * (below > above ? lower : upper);
        float vertical = float.MaxNative(below, above) / MathF.Sqrt(1 + (slope * slope));
        float beyond = (MathF.Abs(u) - 1) * halfWidth;
        if (beyond <= 0)
            return vertical - thickness;
        vertical = float.MaxNative(vertical, 0);
        return MathF.Sqrt((beyond * beyond) + (vertical * vertical)) - thickness;
    }
}
