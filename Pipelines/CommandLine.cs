using System.CommandLine;
using ConvNets.Pipelines.Commands;
using ConvNets.Pipelines.Reports;

namespace ConvNets.Pipelines;

/// <summary>The program <c>convnets</c>: from its arguments to its exit code.</summary>
internal static class CommandLine
{
    // Time for a training step to end after Ctrl-C before the process is ended.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        ParseResult arguments = Root().Parse(args);
        if (arguments.Errors.Count > 0)
        {
            error.WriteLine($"convnets: {Text.OneLine(string.Join(' ', arguments.Errors.Select(e => e.Message)))} See 'convnets --help'.");
            return ExitCode.WrongCommandLine;
        }
        var configuration = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = TerminationTimeout, EnableDefaultExceptionHandler = false };
        return await arguments.InvokeAsync(configuration, cancellationToken);
    }

    private static RootCommand Root()
    {
        RootCommand root = DemoCommand.Create();
        root.Subcommands.Add(TrainCommand.Create());
        root.Subcommands.Add(EvaluateCommand.Create());
        root.Subcommands.Add(PredictCommand.Create());
        root.Subcommands.Add(SummaryCommand.Create());
        root.Subcommands.Add(InspectCommand.Create());
        root.Subcommands.Add(ExportCommand.Create());
        root.Subcommands.Add(BaselineCommand.Create());
        return root;
    }
}

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongCommandLine = 2;
    public const int Interrupted = 130;
}
