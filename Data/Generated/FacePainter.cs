using System.Numerics;

namespace ConvNets.Data.Generated;

/// <summary>Draws a face, smiling or not, in units of about a pixel of a 64x64 image; the middle of the head is the origin.</summary>
internal static class FacePainter
{
    /// <summary>Draws one image.</summary>
    /// <param name="smiling">Whether the mouth's corners go up.</param>
    /// <param name="random">Everything that varies.</param>
    /// <param name="size">Height and width of the image.</param>
    /// <param name="destination">Bytes, (size, size, 3).</param>
    public static void Draw(bool smiling, ref SplitMix64 random, int size, Span<byte> destination)
    {
        Canvas canvas = new(size);
        Vector3 skin = Palette.Skin(ref random);
        Palette.Background(canvas, random.Range(90, 200), ref random, size);
        Frame frame = new(
            (size / 2f) + (size * random.Range(-0.04f, 0.04f)),
            (size / 2f) + (size * random.Range(-0.04f, 0.04f)),
            size / 64f * random.Range(0.95f, 1.1f),
            random.Range(-8, 8));
        Vector3 hair = Hair(ref random);

        DrawHead(canvas, frame, skin, hair, ref random);
        DrawEyes(canvas, frame, skin, hair, ref random);
        Capsule nose = new(0, -1, random.Range(-1.5f, 1.5f), random.Range(4, 5.5f), 0.8f, random.Range(1.4f, 2.2f));
        canvas.Paint(nose, frame, skin * random.Range(0.75f, 0.9f));
        DrawMouth(canvas, frame, skin, smiling, ref random);
        Palette.Develop(canvas, ref random, destination);
    }

    private static Vector3 Hair(ref SplitMix64 random)
    {
        float dark = random.Range(0.1f, 1);
        return new Vector3(200, 165, 110) * dark * new Vector3(1, random.Range(0.75f, 1), random.Range(0.5f, 1));
    }

    private static void DrawHead(Canvas canvas, in Frame frame, Vector3 skin, Vector3 hair, ref SplitMix64 random)
    {
        float width = random.Range(16, 19.5f);
        float height = random.Range(21, 24);
        bool longHair = random.Chance(0.4f);
        if (longHair)
            canvas.Paint(new RoundedBox(0, 4, width + 4, height + 4, 12), frame, hair, rounding: 0.4f);
        Capsule neck = new(0, 15, 0, 40, 8, 9);
        canvas.Paint(neck, frame, skin * 0.85f);
        canvas.Paint(new RoundedBox(0, 42, 30, 12, 8), frame, Palette.Any(ref random));
        canvas.Paint(new Ellipse(-width, 0, 2.5f, 4), frame, skin * 0.9f);
        canvas.Paint(new Ellipse(width, 0, 2.5f, 4), frame, skin * 0.9f);
        if (!random.Chance(0.12f))
            canvas.Paint(new Ellipse(0, random.Range(-6, -3), width + 2, height), frame, hair, rounding: 0.4f);
        canvas.Paint(new Ellipse(0, 2.5f, width - 0.5f, height - 2.5f), frame, skin, rounding: 0.5f);
        if (random.Chance(0.3f))
            canvas.Paint(new Crescent(0, -10, width - 1, random.Range(-14, -10), random.Range(-4, 1), 0.5f), frame, hair);
        if (random.Chance(0.2f))
            canvas.Paint(new Crescent(0, 8, width - 4, random.Range(7, 10), 16, 0.5f), frame, hair, opacity: random.Range(0.3f, 0.8f));
    }

    private static void DrawEyes(Canvas canvas, in Frame frame, Vector3 skin, Vector3 hair, ref SplitMix64 random)
    {
        float apart = random.Range(6.2f, 8);
        float y = random.Range(-6, -3.5f);
        float open = random.Range(1.1f, 2.2f);
        float look = random.Range(-0.9f, 0.9f);
        float brow = random.Range(-1.2f, 1.2f);
        bool glasses = random.Chance(0.25f);
        Vector3 frames = Palette.Any(ref random) * 0.5f;
        for (int side = -1; side <= 1; side += 2)
        {
            float x = side * apart;
            canvas.Paint(new Ellipse(x, y, 3, open), frame, new Vector3(235, 235, 235));
            canvas.Paint(new Ellipse(x + look, y, 1.4f, MathF.Min(open, 1.5f)), frame, new Vector3(45, 32, 25));
            Capsule line = new(x - (side * 3), y - 4 - brow, x + (side * 3.4f), y - 4 + brow, 0.8f, 0.5f);
            canvas.Paint(line, frame, hair * 0.7f);
            if (glasses)
            {
                canvas.Paint(new Crescent(x, y, 4.6f, -4, -4, 0.45f), frame, frames);
                canvas.Paint(new Crescent(x, y, 4.6f, 4, 4, 0.45f), frame, frames);
            }
        }

        if (glasses)
            canvas.Paint(new Capsule(-apart + 4.6f, y, apart - 4.6f, y, 0.45f, 0.45f), frame, frames);
        if (random.Chance(0.3f))
            canvas.Paint(new Ellipse(0, y - 9, 7, 0.5f), frame, skin * 0.85f);
    }

    /// <summary>
    /// The mouth's corners lie above its middle (smiling) or level with it or below. Open and closed mouths, wide and narrow ones,
    /// teeth and none occur in both classes: only the curve tells them apart.
    /// </summary>
    private static void DrawMouth(Canvas canvas, in Frame frame, Vector3 skin, bool smiling, ref SplitMix64 random)
    {
        float half = random.Range(5, 8);
        float y = random.Range(10, 13);
        float bend = smiling ? random.Range(3, 5.5f) : random.Range(-4, 0);
        y -= bend / 2;
        float x = random.Range(-0.8f, 0.8f);
        Vector3 lips = (skin * new Vector3(0.8f, 0.5f, 0.5f)) + new Vector3(random.Range(-10, 25), 0, 0);
        if (random.Chance(0.55f))
        {
            canvas.Paint(new Crescent(x, y, half, bend, bend, random.Range(0.8f, 1.5f)), frame, lips);
            return;
        }

        float gap = random.Range(1.5f, 3.2f);
        bool teeth = random.Chance(0.6f);
        Crescent open = new(x, y, half, bend - (gap / 2), bend + (gap / 2), 0.3f);
        canvas.Paint(open, frame, teeth ? new Vector3(238, 234, 225) : new Vector3(60, 20, 22), lips, outline: 0.9f);
    }
}
