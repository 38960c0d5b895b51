using ConvNets.Pipelines;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
