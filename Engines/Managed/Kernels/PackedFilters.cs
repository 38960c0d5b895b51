using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A convolution's filters and bias as its forward kernel reads them, laid out again whenever the weights have changed. In inference a normalization behind the convolution is
/// folded in: with scale = gamma/√(variance + ε) the filters become <c>w·scale</c> and the bias <c>(b − mean)·scale + beta</c>.
/// </summary>
internal sealed unsafe class PackedFilters
{
    private readonly Parameters _parameters;
    private readonly PooledConvolution _pass;
    private readonly WindowShape _shape;
    private readonly AlignedBuffer _packed;
    private readonly AlignedBuffer? _scaled;
    private readonly BatchNormalization? _folded;
    private readonly long _biasOffset;
    private long _version = -1;

    public PackedFilters(PlanContext context, Layer layer, BatchNormalization? folded, WindowShape shape, PooledConvolution pass, string kernel = "kernel", bool hasBias = true)
    {
        (_parameters, _pass, _shape, _folded) = (context.Parameters, pass, shape, folded);
        Kernel = context.Find(layer, kernel)!;
        Bias = hasBias ? context.Find(layer, "bias") : null;
        _biasOffset = (pass.PackedSize + 15) / 16 * 16;
        _packed = context.Own(new AlignedBuffer(_biasOffset + pass.BiasSize));
        _scaled = folded is null ? null : context.Own(new AlignedBuffer(Kernel.Size + shape.OutputChannels));
    }

    /// <summary>The weights that are laid out.</summary>
    public Parameter Kernel { get; }

    /// <summary>The bias; null where the layer has none.</summary>
    public Parameter? Bias { get; }

    /// <summary>The packed filters.</summary>
    public float* Filters => _packed.Pointer;

    /// <summary>The packed bias; zeros where there is none.</summary>
    public float* PackedBias => _packed.Pointer + _biasOffset;

    /// <summary>Lays the weights out where they have changed.</summary>
    public void Refresh()
    {
        if (_version == _parameters.Version)
            return;
        float* kernel = Kernel.Values, bias = Bias == null ? null : Bias.Values;
        if (_folded is not null)
        {
            kernel = _scaled!.Pointer;
            bias = kernel + Kernel.Size;
            Fold(kernel, bias);
        }
        _pass.Pack(kernel, bias, Filters, PackedBias);
        _version = _parameters.Version;
    }

    private void Fold(float* kernel, float* bias)
    {
        Parameter? gamma = _parameters.Find(_folded!, "gamma"), beta = _parameters.Find(_folded!, "beta");
        Parameter mean = _parameters.Find(_folded!, "moving_mean")!, variance = _parameters.Find(_folded!, "moving_variance")!;
        int filters = _shape.OutputChannels;
        for (int f = 0; f < filters; f++)
        {
            double scale = (gamma is null ? 1 : gamma.Values[f]) / Math.Sqrt(variance.Values[f] + _folded!.Epsilon);
            bias[f] = (float)(((Bias is null ? 0 : Bias.Values[f]) - (double)mean.Values[f]) * scale + (beta is null ? 0 : beta.Values[f]));
            for (int i = f; i < Kernel.Size; i += filters)
                kernel[i] = (float)(Kernel.Values[i] * scale);
        }
    }
}
