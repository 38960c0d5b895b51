using ConvNets.Data.Generated;

namespace ConvNets.Data;

/// <summary>
/// The two data sets that the program makes itself, in the shapes of the course's: nothing has to be downloaded. They are drawn from a
/// seed, with varied place, size, turn, colours, light, noise and background, so that neither one pixel nor the mean colour tells the
/// classes apart. The same seed gives the same bytes on every machine and any number of threads.
/// </summary>
public static class GeneratedData
{
    private const int Size = 64;
    private const ulong FaceStream = 1;
    private const ulong HandStream = 2;

    private delegate void Painter(int label, ref SplitMix64 random, Span<byte> destination);

    /// <summary>Drawn faces, 64x64 RGB; label 1 is a smiling face, 0 one that is not. As many of either.</summary>
    /// <param name="trainCount">Number of images to train on.</param>
    /// <param name="testCount">Number of images to test on; none of them is among the others.</param>
    /// <param name="seed">Another seed draws other images.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive.</exception>
    public static (ImageDataset Train, ImageDataset Test) Happy(int trainCount = 600, int testCount = 150, int seed = 1) => Draw(
        trainCount, testCount, seed, FaceStream, ["not smiling", "smiling"],
        (int label, ref SplitMix64 random, Span<byte> destination) => FacePainter.Draw(label == 1, ref random, Size, destination));

    /// <summary>Drawn hands, 64x64 RGB; the label is the number of fingers shown, 0 to 5. As many of each.</summary>
    /// <param name="trainCount">Number of images to train on.</param>
    /// <param name="testCount">Number of images to test on; none of them is among the others.</param>
    /// <param name="seed">Another seed draws other images.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive.</exception>
    public static (ImageDataset Train, ImageDataset Test) Signs(int trainCount = 1080, int testCount = 120, int seed = 1) => Draw(
        trainCount, testCount, seed, HandStream, ["0", "1", "2", "3", "4", "5"],
        (int label, ref SplitMix64 random, Span<byte> destination) => HandPainter.Draw(label, ref random, Size, destination));

    private static (ImageDataset Train, ImageDataset Test) Draw(
        int trainCount, int testCount, int seed, ulong stream, string[] classNames, Painter painter)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(testCount);
        ulong testStream = stream + (1UL << 32);
        return (DrawSplit(trainCount, seed, stream, classNames, painter), DrawSplit(testCount, seed, testStream, classNames, painter));
    }

    private static ImageDataset DrawSplit(int count, int seed, ulong stream, string[] classNames, Painter painter)
    {
        const int ImageSize = Size * Size * 3;
        byte[] images = new byte[checked(count * ImageSize)];
        long[] labels = Labels(count, classNames.Length, new SplitMix64((ulong)seed, stream, ulong.MaxValue));
        // Each image has a generator of its own, so the threads' order does not matter.
        Parallel.For(0, count, i =>
        {
            SplitMix64 random = new((ulong)seed, stream, (ulong)i);
            painter((int)labels[i], ref random, images.AsSpan(i * ImageSize, ImageSize));
        });
        return new ImageDataset(images, Size, Size, 3, labels, classNames);
    }

    /// <summary>As many of each class as the count allows, shuffled.</summary>
    private static long[] Labels(int count, int classes, SplitMix64 random)
    {
        long[] labels = new long[count];
        for (int i = 0; i < count; i++)
        {
            int j = random.Below(i + 1);
            labels[i] = labels[j];
            labels[j] = i % classes;
        }

        return labels;
    }
}
