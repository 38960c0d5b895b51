using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

[TestClass]
public sealed class WindowsTests
{
    /// <summary>Windows are laid one by one and counted.</summary>
    [TestMethod]
    public void SlideIsWhatLayingWindowsGives()
    {
        for (int input = 1; input <= 20; input++)
        {
            for (int window = 1; window <= 7; window++)
            {
                for (int stride = 1; stride <= 6; stride++)
                {
                    for (int dilation = 1; dilation <= 3; dilation++)
                    {
                        int extent = 1 + (window - 1) * dilation;
                        string what = $"input {input}, window {window}, stride {stride}, dilation {dilation}";
                        Assert.AreEqual((Inside(input, extent, stride), 0, 0), Windows.Slide(input, window, stride, dilation, Padding.Valid), what);
                        Assert.AreEqual(Same(input, extent, stride), Windows.Slide(input, window, stride, dilation, Padding.Same), what);
                    }
                }
            }
        }
    }

    private static int Inside(int input, int extent, int stride)
    {
        int count = 0;
        for (int start = 0; start + extent <= input; start += stride)
            count++;
        return count;
    }

    /// <summary>A window starts at each stride within the input; padding grows, after first, until the last window is covered.</summary>
    private static (int Output, int Before, int After) Same(int input, int extent, int stride)
    {
        int count = 0, before = 0, after = 0;
        for (int start = 0; start < input; start += stride)
            count++;
        while (before + input + after < (count - 1) * stride + extent)
        {
            if (after == before)
                after++;
            else
                before++;
        }
        return (count, before, after);
    }
}
