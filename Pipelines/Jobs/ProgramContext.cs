using ConvNets.Pipelines.Reports;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNets.Pipelines.Jobs;

/// <summary>The program's ML.NET context.</summary>
internal static class ProgramContext
{
    /// <summary>Makes a context whose warnings are shown on the screen, and in which ONNX Runtime tells nobody of its use.</summary>
    public static MLContext Create(Screen screen, long seed = 1)
    {
        OnnxRuntimeTelemetry.Disable();
        var ml = new MLContext(unchecked((int)seed));
        ml.Log += (_, message) =>
        {
            if (message.Kind >= ChannelMessageKind.Warning)
                screen.Line($"{message.Kind.ToString().ToLowerInvariant()}: {Text.OneLine(message.RawMessage)}");
        };
        return ml;
    }
}
