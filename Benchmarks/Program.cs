using ConvNets.Benchmarks.Layers;
using ConvNets.Benchmarks.Roofline;
using ConvNets.Benchmarks.Scaling;
using ConvNets.Benchmarks.Side;

if (args is ["side", .. string[] rest])
    return SideJob.Run(rest);
if (args is ["layers", .. string[] layers])
    return LayersJob.Run(layers);
if (args is ["scaling", .. string[] scaling])
    return ScalingJob.Run(scaling);
if (args is ["roofline"])
    return RooflineJob.Run();
Console.Error.WriteLine("usage: side KIND [options]: one timed job, to be paired with a peer's");
Console.Error.WriteLine("       layers [options]: each layer forward and backward, against Keras's");
Console.Error.WriteLine("       scaling [options]: how the cost grows with batches, images, channels and threads");
Console.Error.WriteLine("       roofline: what the machine can do at most, and how much of that the jobs' training steps reach");
return 2;
