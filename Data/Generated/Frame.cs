using System.Runtime.InteropServices;

namespace ConvNets.Data.Generated;

/// <summary>
/// Places a drawing's own coordinates (x to the right, y down) in the image: turned, scaled, perhaps mirrored, then moved.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Frame
{
    private readonly float _originX;
    private readonly float _originY;
    private readonly float _scale;
    private readonly float _inverseScale;
    private readonly float _cos;
    private readonly float _sin;
    private readonly float _mirror;

    /// <param name="originX">Where the drawing's origin lies in the image, in pixels from the left.</param>
    /// <param name="originY">The same from the top.</param>
    /// <param name="scale">Pixels per unit of the drawing.</param>
    /// <param name="degrees">Angle of the turn, clockwise, -120 to 120.</param>
    /// <param name="mirrored">Whether left and right change places.</param>
    public Frame(float originX, float originY, float scale, float degrees, bool mirrored = false)
    {
        (_cos, _sin) = Turn(degrees);
        _originX = originX;
        _originY = originY;
        _scale = scale;
        _inverseScale = 1 / scale;
        _mirror = mirrored ? -1 : 1;
    }

    /// <summary>Pixels per unit of the drawing.</summary>
    public float Scale => _scale;

    /// <summary>
    /// Cosine and sine by basic arithmetic only, so that every machine gives the same bits: tan(a/2) from its Padé approximant, then
    /// the two from it, which makes a true rotation whatever the approximant's error (below 0.1 degrees up to 120).
    /// </summary>
    public static (float Cos, float Sin) Turn(float degrees)
    {
        float half = degrees * (float.Pi / 360);
        float square = half * half;
        float tan = half * (15 - square) / (15 - (6 * square));
        float scale = 1 / (1 + (tan * tan));
        return ((1 - (tan * tan)) * scale, 2 * tan * scale);
    }

    /// <summary>From the drawing's coordinates to the image's.</summary>
    public (float X, float Y) ToImage(float x, float y)
    {
        x *= _mirror;
        return (_originX + (_scale * ((_cos * x) - (_sin * y))), _originY + (_scale * ((_sin * x) + (_cos * y))));
    }

    /// <summary>From the image's coordinates to the drawing's.</summary>
    public (float X, float Y) ToDrawing(float x, float y)
    {
        float dx = (x - _originX) * _inverseScale;
        float dy = (y - _originY) * _inverseScale;
        return (((_cos * dx) + (_sin * dy)) * _mirror, (_cos * dy) - (_sin * dx));
    }
}
