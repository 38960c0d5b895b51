using System.Numerics;

namespace ConvNets.Data.Generated;

/// <summary>What both painters share: colours, backgrounds with things in them, light and noise.</summary>
internal static class Palette
{
    private static readonly Vector3[] Skins =
    [
        new(245, 212, 186), new(233, 188, 152), new(214, 160, 120), new(184, 128, 90), new(146, 98, 68), new(104, 70, 50),
    ];

    /// <summary>A skin colour between two of the list, a little off.</summary>
    public static Vector3 Skin(ref SplitMix64 random)
    {
        int i = random.Below(Skins.Length - 1);
        Vector3 skin = Skins[i] + ((Skins[i + 1] - Skins[i]) * random.Range(0, 1));
        return skin + new Vector3(random.Range(-8, 8), random.Range(-8, 8), random.Range(-8, 8));
    }

    /// <summary>Any colour.</summary>
    public static Vector3 Any(ref SplitMix64 random) => new(random.Range(15, 240), random.Range(15, 240), random.Range(15, 240));

    /// <summary>A wall of the given grey, a little coloured, with a few blobs and bars on it that mean nothing.</summary>
    public static void Background(Canvas canvas, float grey, ref SplitMix64 random, int size)
    {
        Vector3 wall = new Vector3(grey) + new Vector3(random.Range(-30, 30), random.Range(-10, 10), random.Range(-30, 30));
        canvas.Clear(wall, wall * random.Range(0.8f, 1.15f));
        int things = random.Below(5);
        for (int i = 0; i < things; i++)
        {
            Frame frame = new(random.Range(0, size), random.Range(0, size), size / 64f, random.Range(-90, 90));
            Vector3 colour = wall + ((Any(ref random) - wall) * random.Range(0.1f, 0.35f));
            if (random.Chance(0.5f))
                canvas.Paint(new Ellipse(0, 0, random.Range(2, 10), random.Range(2, 10)), frame, colour);
            else
                canvas.Paint(new RoundedBox(0, 0, random.Range(1.5f, 4), random.Range(5, 20), 1), frame, colour);
        }
    }

    /// <summary>A grey at least <paramref name="difference"/> levels lighter or darker than a colour is in green.</summary>
    public static float GreyAwayFrom(Vector3 colour, float difference, ref SplitMix64 random)
    {
        float grey;
        do
            grey = random.Range(20, 245);
        while (MathF.Abs(grey - colour.Y) < difference);
        return grey;
    }

    /// <summary>Light from some side, and a camera's noise.</summary>
    public static void Develop(Canvas canvas, ref SplitMix64 random, Span<byte> destination)
    {
        float light = random.Range(0.8f, 1.15f);
        float alongX = random.Range(-0.15f, 0.15f);
        float alongY = random.Range(-0.15f, 0.15f);
        float noise = random.Range(1, 5);
        canvas.Develop(light, alongX, alongY, noise, ref random, destination);
    }
}
