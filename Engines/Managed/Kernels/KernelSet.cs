using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNets.Engines;

/// <summary>The kernels of one instruction set. Which one a process uses is decided here and nowhere else.</summary>
internal abstract unsafe class KernelSet
{
    private readonly ChannelKernels[] _byWidth;
    private readonly WinogradTransforms[] _winograd;

    protected KernelSet(string name, FlatKernels flat, ElementKernels elements, RowKernels rows, WinogradTransforms[] winograd, PlanarKernels planar, RandomKernels random, params ChannelKernels[] byWidth)
    {
        Name = name;
        Flat = flat;
        Elements = elements;
        Rows = rows;
        _winograd = winograd;
        Planar = planar;
        Random = random;
        _byWidth = byWidth;
    }

    /// <summary>The widest set that the processor has.</summary>
    public static KernelSet Best { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? Avx512() : Vector256.IsHardwareAccelerated && Fma.IsSupported ? Avx2() : Vector128();

    public static KernelSet Avx512() => new KernelSet<Vector512<float>, Simd512, Vector256<float>, Simd256>("AVX-512");

    public static KernelSet Avx2() => new KernelSet<Vector256<float>, Simd256, Vector128<float>, Simd128>("AVX2");

    public static KernelSet Vector128() => new KernelSet<Vector128<float>, Simd128, Vector128<float>, Simd128>("Vector128");

    public string Name { get; }

    public FlatKernels Flat { get; }

    public ElementKernels Elements { get; }

    public RowKernels Rows { get; }

    /// <summary>Winograd's maps for square kernels of so many taps along an axis; null where there are none.</summary>
    public WinogradTransforms? WinogradOf(int taps) => Array.Find(_winograd, maps => maps.Taps == taps);

    public PlanarKernels Planar { get; }

    public RandomKernels Random { get; }

    /// <summary>The widths that a panel of a matrix's columns may have, widest first.</summary>
    public abstract ReadOnlySpan<int> PanelWidths { get; }

    /// <summary>The width of the next panel where so many columns are left: the widest that they fill well enough, or the narrowest.</summary>
    public int PanelWidth(int columns)
    {
        ReadOnlySpan<int> widths = PanelWidths;
        for (int i = 0; i < widths.Length - 1; i++)
        {
            // Half a panel may be wasted where the next narrower one is the narrowest, a quarter where a narrower one could take the rest.
            int enough = i == widths.Length - 2 ? widths[i + 1] : widths[i + 1] * 3 / 2;
            if (columns > enough)
                return widths[i];
        }
        return widths[^1];
    }

    /// <summary>Runs <see cref="GemmKernel{V,S}.Run"/> on a panel of a width.</summary>
    public abstract void Tile(int width, int rows, in TileShape shape, float* a, float* b, float* start, nint startRow, float* c, nint cRow);

    /// <summary>Floats in the set's vectors.</summary>
    public abstract int VectorWidth { get; }

    /// <summary><see cref="PatchKernel{V,S}.Run"/>.</summary>
    public abstract void AddPatches(in PatchShape shape, float* patches, float* dy, float* places, float* found, float* sums);

    /// <summary><see cref="PatchKernel{V,S}.Scatter"/>.</summary>
    public abstract void ScatterPatches(in PatchShape shape, float* image, float* dy, float* places, float* found, float* filters);

    /// <summary><see cref="PatchKernel{V,S}.Widen"/>.</summary>
    public abstract void Widen(in PatchLayout layout, float* image, nint rowStep, nint columnStep, int rows, int columns, float* to);

    /// <summary><see cref="WindowKernel{V,S}.Run"/>.</summary>
    public abstract void ConvolveWindows(in WindowPatch tile, float* x, float* filters, float* bias, float* greatest, float* taps);

    /// <summary><see cref="CorrelationKernel{V,S}.Run"/>.</summary>
    public abstract void Correlate(in CorrelationShape shape, float* x, float* lanes);

    /// <summary>The kernels of the widest vector that divides a number of channels.</summary>
    public ChannelKernels ForChannels(int channels)
    {
        int i = 0;
        while (channels % _byWidth[i].Width != 0)
            i++;
        return _byWidth[i];
    }
}

/// <inheritdoc/>
internal sealed unsafe class KernelSet<V, S, H, T>(string name) :
    KernelSet(name, new FlatKernels<V, S>(), new ElementKernels<V, S>(), new RowKernels<V, S>(), [new WinogradTransforms<V, S, FourOfThree<V, S>>(), new WinogradTransforms<V, S, TwoOfFive<V, S>>()], new PlanarKernels<V, S>(), Words(), Channels())
    where V : struct
    where S : struct, ISimd<V>
    where H : struct
    where T : struct, ISimd<H>
{
    private readonly int[] _panelWidths = S.Width == T.Width ? [2 * S.Width, S.Width] : [2 * S.Width, S.Width, T.Width];

    public override ReadOnlySpan<int> PanelWidths => _panelWidths;

    public override void Tile(int width, int rows, in TileShape shape, float* a, float* b, float* start, nint startRow, float* c, nint cRow)
    {
        if (width == 2 * S.Width)
            GemmKernel<Pair<V>, PairSimd<V, S>>.Run(rows, shape, a, b, start, startRow, c, cRow);
        else if (width == S.Width)
            GemmKernel<V, S>.Run(rows, shape, a, b, start, startRow, c, cRow);
        else
            GemmKernel<H, T>.Run(rows, shape, a, b, start, startRow, c, cRow);
    }

    public override int VectorWidth => S.Width;

    public override void AddPatches(in PatchShape shape, float* patches, float* dy, float* places, float* found, float* sums) =>
        PatchKernel<V, S>.Run(shape, patches, dy, places, found, sums);

    public override void ScatterPatches(in PatchShape shape, float* image, float* dy, float* places, float* found, float* filters) =>
        PatchKernel<V, S>.Scatter(shape, image, dy, places, found, filters);

    public override void Widen(in PatchLayout layout, float* image, nint rowStep, nint columnStep, int rows, int columns, float* to) =>
        PatchKernel<V, S>.Widen(layout, image, rowStep, columnStep, rows, columns, to);

    public override void ConvolveWindows(in WindowPatch tile, float* x, float* filters, float* bias, float* greatest, float* taps) =>
        WindowKernel<V, S>.Run(tile, x, filters, bias, greatest, taps);

    public override void Correlate(in CorrelationShape shape, float* x, float* lanes) => CorrelationKernel<V, S>.Run(shape, x, lanes);

    private static RandomKernels Words() => S.Width switch
    {
        16 => new RandomKernels<Vector512<uint>, Words512>(),
        8 => new RandomKernels<Vector256<uint>, Words256>(),
        _ => new RandomKernels<Vector128<uint>, Words128>(),
    };

    private static ChannelKernels[] Channels()
    {
        var kernels = new List<ChannelKernels>();
        if (S.Width >= 16)
            kernels.Add(new ChannelKernels<Vector512<float>, Simd512>());
        if (S.Width >= 8)
            kernels.Add(new ChannelKernels<Vector256<float>, Simd256>());
        kernels.Add(new ChannelKernels<Vector128<float>, Simd128>());
        kernels.Add(new ChannelKernels<float, Scalar>());
        return [.. kernels];
    }
}
