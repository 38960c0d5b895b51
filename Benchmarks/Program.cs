using ConvNets.Benchmarks.Side;

if (args is ["side", .. string[] rest])
    return SideJob.Run(rest);
Console.Error.WriteLine("usage: side KIND [options]: one timed job, to be paired with a peer's");
return 2;
