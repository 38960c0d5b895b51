using ConvNets.Benchmarks.Layers;
using ConvNets.Benchmarks.Scaling;
using ConvNets.Benchmarks.Side;

if (args is ["side", .. string[] rest])
    return SideJob.Run(rest);
if (args is ["layers", .. string[] layers])
    return LayersJob.Run(layers);
if (args is ["scaling", .. string[] scaling])
    return ScalingJob.Run(scaling);
Console.Error.WriteLine("usage: side KIND [options]: one timed job, to be paired with a peer's");
Console.Error.WriteLine("       layers [options]: each layer forward and backward, against Keras's");
Console.Error.WriteLine("       scaling [options]: how the cost grows with batches, images, channels and threads");
return 2;
