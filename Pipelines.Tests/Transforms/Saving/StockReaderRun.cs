using System.Diagnostics;
using System.Text.Json;

namespace ConvNets.Pipelines.Tests.Transforms.Saving;

/// <summary>What a process that has only ML.NET's packages makes of a saved model and images.</summary>
internal sealed record StockReaderRun(string[] Columns, string[] Ours, string[] InputSchema, float[][] Scores, float[] Probabilities, string[] Predicted, string[] SlotNames)
{
    public static StockReaderRun Start(string model, string images, params int[] shape)
    {
        // .../Pipelines.Tests/bin/Release/net10.0/ has its like in StockReader/.
        DirectoryInfo output = new(AppContext.BaseDirectory);
        string reader = Path.Combine(output.Parent!.Parent!.Parent!.FullName, "StockReader", "bin", output.Parent.Name, output.Name, "ConvNets.StockReader.dll");
        var start = new ProcessStartInfo("dotnet", [reader, model, images, .. shape.Select(d => $"{d}")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ORT_DISABLE_TELEMETRY"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, error.Result);
        return JsonSerializer.Deserialize<StockReaderRun>(text)!;
    }
}
