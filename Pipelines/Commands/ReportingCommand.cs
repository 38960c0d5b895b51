using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ConvNets.Pipelines.Reports;

namespace ConvNets.Pipelines.Commands;

/// <summary>What all commands share: work that shows itself on the screen and returns a report, the option <c>--json</c> that writes it, and the exit code.</summary>
internal static class ReportingCommand
{
    /// <summary>Gives a command its work.</summary>
    /// <param name="command">The command.</param>
    /// <param name="type">How the report is written as JSON.</param>
    /// <param name="work">What the command does.</param>
    public static void SetWork<TReport>(this Command command, Func<JsonTypeInfo<TReport>> type, Func<ParseResult, Screen, CancellationToken, TReport> work)
    {
        Option<string?> json = new("--json") { Description = "Write what was found to FILE, as JSON", HelpName = "FILE" };
        command.Options.Add(json);

        // Of its own thread, so that an interrupt is heard while it computes.
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(arguments, cancellationToken), CancellationToken.None));

        int Run(ParseResult arguments, CancellationToken cancellationToken)
        {
            InvocationConfiguration configuration = arguments.InvocationConfiguration;
            try
            {
                using OutputFile? file = OutputFile.Reserve(arguments.GetValue(json));
                TReport report = work(arguments, new Screen(configuration.Output), cancellationToken);
                file?.Commit(path => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(report, type())));
                return ExitCode.Done;
            }
            catch (OperationCanceledException)
            {
                configuration.Error.WriteLine("convnets: interrupted");
                return ExitCode.Interrupted;
            }
            catch (Exception e)
            {
                configuration.Error.WriteLine($"convnets: {Text.OneLine(e.Message)}");
                return ExitCode.Failed;
            }
        }
    }
}
