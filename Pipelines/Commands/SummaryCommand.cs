using System.CommandLine;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Jobs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>summary happy|signs|M.zip</c>: the table of a model's layers, or its graph.</summary>
internal static class SummaryCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "One of the two models, or a saved one", HelpName = "happy|signs|M.zip" };
        model.Validators.Add(result =>
        {
            string name = result.GetValueOrDefault<string>();
            if (CourseModel.Find(name) is null && !Path.HasExtension(name) && !File.Exists(name))
                result.AddError($"Unknown model '{name}': expected happy, signs, or the path of a model's .zip.");
        });
        Option<SummaryStyle> style = new("--style") { Description = "The table as the course prints it, as Keras 3 does, or a graph for Mermaid or Graphviz", HelpName = "course|keras3|mermaid|dot" };
        Command command = new("summary", "Show a model's layers, the shapes of their outputs and their parameters") { model, style };
        command.SetWork(static () => ReportJson.Default.SummaryReport, (arguments, screen, _) => Show(arguments.GetRequiredValue(model), arguments.GetValue(style), screen));
        return command;
    }

    private static SummaryReport Show(string name, SummaryStyle style, Screen screen)
    {
        Model model = CourseModel.Find(name)?.Create() ?? Load(name);
        screen.Output.Write(style switch
        {
            SummaryStyle.Keras3 => model.Summary(new KerasSummaryOptions { ExpandNested = true }),
            SummaryStyle.Mermaid => model.ToMermaid(),
            SummaryStyle.Dot => model.ToDot(),
            _ => model.Summary(),
        });
        (long total, long trainable) = ParameterCount.Of(model);
        return new SummaryReport(model.DisplayName, total, trainable, [.. model.Layers.Select(l => new LayerReport(l.Name!, l.ClassName, l.CountParameters()))]);
    }

    // Of its own, so that the two models' summaries do not load ML.NET.
    private static Model Load(string path) => ProgramContext.Create(new Screen(TextWriter.Null)).Model.LoadConvNet(path, out _).FindConvNet()!.Model.Definition;

    /// <summary>How a model is shown.</summary>
    private enum SummaryStyle
    {
        Course,
        Keras3,
        Mermaid,
        Dot,
    }
}
