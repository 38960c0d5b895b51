using ConvNets.Benchmarks.Layers;
using ConvNets.Benchmarks.Side;

if (args is ["side", .. string[] rest])
    return SideJob.Run(rest);
if (args is ["layers", .. string[] layers])
    return LayersJob.Run(layers);
Console.Error.WriteLine("usage: side KIND [options]: one timed job, to be paired with a peer's");
Console.Error.WriteLine("       layers [options]: each layer forward and backward, against Keras's");
return 2;
