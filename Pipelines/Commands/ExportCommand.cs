using System.CommandLine;
using ConvNets.Formats;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using ConvNets.Transforms;
using Microsoft.ML;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>export M.zip --to F.pb|DIR</c>: a saved model for TensorFlow.</summary>
internal static class ExportCommand
{
    private const string FrozenGraph = "frozen graph", SavedModel = "SavedModel";

    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "A saved model", HelpName = "M.zip" };
        Option<string> to = new("--to") { Description = "Where to: a file that ends in .pb is a frozen graph, a folder a SavedModel", HelpName = "F.pb|DIR", Required = true };
        Command command = new("export", "Write a saved model for TensorFlow") { model, to };
        command.SetWork(static () => ReportJson.Default.ExportReport, (arguments, screen, _) => Export(arguments.GetRequiredValue(model), arguments.GetRequiredValue(to), screen));
        return command;
    }

    private static ExportReport Export(string model, string target, Screen screen)
    {
        ConvNetModelParameters network = ProgramContext.Create(screen).Model.LoadConvNet(model, out _).FindConvNet()!.Model;
        string format = target.EndsWith(".pb", StringComparison.OrdinalIgnoreCase) ? FrozenGraph : SavedModel;
        if (format == FrozenGraph)
            TensorFlowExport.SaveFrozenGraph(network.Definition, network.Weights, target);
        else
            TensorFlowExport.SaveSavedModel(network.Definition, network.Weights, target);
        screen.Line($"{format} saved: {target}");
        string[] inputs = [.. network.Definition.Inputs.Select(t => t.Node.Layer.Name!)], outputs = [.. network.Definition.Outputs.Select(t => t.Node.Layer.Name!)];
        screen.Line($"input: {string.Join(", ", inputs)}, pixels divided as in training; output: {string.Join(", ", outputs)}");
        return new ExportReport(format, target, inputs, outputs);
    }
}
