using ConvNets.Benchmarks.Side;

return args switch
{
    ["side", .. string[] rest] => SideJob.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: side happy|signs|mnist|resnet [--engine managed] [--train F.h5 --test F.h5]");
    return 2;
}
