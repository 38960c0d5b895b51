using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A convolution's filters and bias as its forward kernel reads them, laid out again whenever the weights have changed.</summary>
internal sealed unsafe class PackedFilters
{
    private readonly Parameters _parameters;
    private readonly ConvolutionPass _pass;
    private readonly WindowShape _shape;
    private readonly AlignedBuffer _packed;
    private readonly long _biasOffset;
    private long _version = -1;

    public PackedFilters(PlanContext context, Conv2D layer, WindowShape shape, ConvolutionPass pass)
    {
        (_parameters, _pass, _shape) = (context.Parameters, pass, shape);
        Kernel = _parameters.Find(layer, "kernel")!;
        Bias = _parameters.Find(layer, "bias");
        _biasOffset = (pass.PackedSize + 15) / 16 * 16;
        _packed = context.Own(new AlignedBuffer(_biasOffset + pass.BiasSize));
    }

    /// <summary>The weights that are laid out.</summary>
    public Parameter Kernel { get; }

    /// <summary>The bias; null where the layer has none.</summary>
    public Parameter? Bias { get; }

    /// <summary>The packed filters.</summary>
    public float* Filters => _packed.Pointer;

    /// <summary>The packed bias; zeros where there is none.</summary>
    public float* PackedBias => _packed.Pointer + _biasOffset;

    public void Refresh()
    {
        if (_version == _parameters.Version)
            return;
        for (int group = 0; group < _shape.Groups; group++)
        {
            _pass.Panels.Pack(Kernel.Values + group * _shape.GroupOutputs, _shape.OutputChannels, 1, 0, _shape.Depth, Filters + group * _pass.Panels.Size);
            if (Bias is null)
                continue;
            foreach (Panel panel in _pass.Panels.All)
            {
                float* to = PackedBias + group * _pass.Panels.PaddedColumns + (panel.Offset / _pass.Panels.Rows);
                new Span<float>(Bias.Values + group * _shape.GroupOutputs + panel.Column, panel.Used).CopyTo(new Span<float>(to, panel.Used));
            }
        }
        _version = _parameters.Version;
    }
}
