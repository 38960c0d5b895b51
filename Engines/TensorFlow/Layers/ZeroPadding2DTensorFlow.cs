using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Pad, with margins (0, 0) for the batch and the channels.</summary>
internal static class ZeroPadding2DTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        Margins margins = ((ZeroPadding2D)call.Node.Layer).Padding;
        GraphOutput table = call.Graph.Table($"{call.Path}/paddings", 0, 0, margins.Top, margins.Bottom, margins.Left, margins.Right, 0, 0);
        return call.Add("Pad", [call.Input, table], ("Tpaddings", DataType.Int32));
    }
}
