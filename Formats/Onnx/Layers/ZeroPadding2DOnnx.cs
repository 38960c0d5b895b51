using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="ZeroPadding2D"/> as Pad.</summary>
internal static class ZeroPadding2DOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        Margins margins = ((ZeroPadding2D)call.Node.Layer).Padding;
        string pads = call.Vector("pads", 0, 0, margins.Top, margins.Left, 0, 0, margins.Bottom, margins.Right);
        return call.Output(call.Add("Pad", [call.Graph.ChannelsFirst(call.Input).Name, pads]), channelsFirst: true);
    }
}
