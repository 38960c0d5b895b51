namespace ConvNets.Engines;

internal static class FlattenTensorFlow
{
    public static GraphOutput Lower(LayerCall call) => call.Graph.Reshape($"{call.Path}/Reshape", call.Input, -1, call.OutputShape.Size);
}
