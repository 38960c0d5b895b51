using System.Numerics;

namespace ConvNets.Data.Generated;

/// <summary>Draws a hand that shows 0 to 5 fingers, in units of about a pixel of a 64x64 image; the palm's middle is the origin.</summary>
internal static class HandPainter
{
    private const float FingerBase = -7;
    private const float Outline = 0.9f;

    /// <summary>Which fingers people hold up for a count: bit 0 is the thumb, bit 1 the index finger, … bit 4 the little finger.</summary>
    private static readonly int[][] Hands = [[0b00000], [0b00010], [0b00110], [0b01110, 0b00111], [0b11110], [0b11111]];

    private static readonly float[] FingerX = [-7.2f, -2.5f, 2.4f, 7f];
    private static readonly float[] FingerLength = [13, 15, 14, 11.5f];
    private static readonly float[] FingerDegrees = [-13, -4, 4, 13];

    /// <summary>Draws one image.</summary>
    /// <param name="fingers">Number of fingers shown, 0 to 5.</param>
    /// <param name="random">Everything that varies.</param>
    /// <param name="size">Height and width of the image.</param>
    /// <param name="destination">Bytes, (size, size, 3).</param>
    public static void Draw(int fingers, ref SplitMix64 random, int size, Span<byte> destination)
    {
        Canvas canvas = new(size);
        Vector3 skin = Palette.Skin(ref random);
        Palette.Background(canvas, Palette.GreyAwayFrom(skin, 75, ref random), ref random, size);

        int[] choices = Hands[fingers];
        int shown = choices[random.Below(choices.Length)];
        float scale = size / 64f * random.Range(1.0f, 1.2f);
        Frame frame = new(
            (size / 2f) + (size * random.Range(-0.09f, 0.09f)),
            size * random.Range(0.55f, 0.68f),
            scale,
            random.Range(-8, 8),
            mirrored: random.Chance(0.5f));
        Vector3 edge = skin * random.Range(0.25f, 0.4f);

        DrawArm(canvas, frame, skin, edge, ref random);
        RoundedBox palm = new(0, 1, random.Range(9.2f, 10.4f), random.Range(8.6f, 10f), 4);
        canvas.Paint(palm, frame, skin, edge, Outline, rounding: 0.6f);
        float thickness = random.Range(2.3f, 2.75f);
        float spread = random.Range(1.1f, 1.6f);
        for (int i = 0; i < 4; i++)
        {
            if ((shown & (2 << i)) != 0)
            {
                float length = FingerLength[i] * random.Range(0.9f, 1.1f);
                float degrees = (FingerDegrees[i] * spread) + random.Range(-4, 4);
                DrawFinger(canvas, frame, skin, edge, FingerX[i], FingerBase, length, degrees, thickness);
            }
        }

        // Again over the fingers' roots, whose outline would cut through the hand.
        canvas.Paint(palm, frame, skin, rounding: 0.6f);
        for (int i = 0; i < 4; i++)
        {
            if ((shown & (2 << i)) == 0)
            {
                float top = FingerBase + random.Range(-1.5f, 0);
                float bottom = FingerBase + random.Range(3.5f, 5.5f);
                Capsule knuckle = new(FingerX[i], top, FingerX[i], bottom, thickness, thickness * 0.9f);
                canvas.Paint(knuckle, frame, skin, edge, Outline, rounding: 0.8f);
            }
        }

        DrawThumb(canvas, frame, skin, edge, (shown & 1) != 0, thickness * 1.1f, ref random);
        Palette.Develop(canvas, ref random, destination);
    }

    private static void DrawArm(Canvas canvas, in Frame frame, Vector3 skin, Vector3 edge, ref SplitMix64 random)
    {
        float radius = random.Range(6.2f, 7.6f);
        Capsule arm = new(0, 8, random.Range(-3, 3), 40, radius, radius * 1.1f);
        canvas.Paint(arm, frame, skin, edge, Outline, rounding: 0.6f);
        if (random.Chance(0.4f))
        {
            Capsule sleeve = new(0, random.Range(18, 24), 0, 48, radius + 2, radius + 3);
            canvas.Paint(sleeve, frame, Palette.Any(ref random), rounding: 0.6f);
        }
    }

    private static void DrawFinger(
        Canvas canvas, in Frame frame, Vector3 skin, Vector3 edge, float x, float y, float length, float degrees, float thickness)
    {
        (float cos, float sin) = Frame.Turn(degrees);
        Capsule finger = new(x, y, x + (sin * length), y - (cos * length), thickness, thickness * 0.85f);
        canvas.Paint(finger, frame, skin, edge, Outline, rounding: 0.8f);
    }

    private static void DrawThumb(
        Canvas canvas, in Frame frame, Vector3 skin, Vector3 edge, bool shown, float thickness, ref SplitMix64 random)
    {
        if (!shown)
        {
            Capsule folded = new(-8, random.Range(3, 5), random.Range(0, 4), random.Range(0.5f, 2.5f), thickness, thickness * 0.9f);
            canvas.Paint(folded, frame, skin, edge, Outline, rounding: 0.8f);
            return;
        }

        DrawFinger(canvas, frame, skin, edge, -7.5f, 3.5f, random.Range(12, 14.5f), random.Range(-68, -42), thickness);
        canvas.Paint(new Ellipse(-4.5f, 4, 4.5f, 4.5f), frame, skin, rounding: 0.2f);
    }
}
