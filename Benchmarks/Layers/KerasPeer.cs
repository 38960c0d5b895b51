using System.Diagnostics;
using System.Text.Json;

namespace ConvNets.Benchmarks.Layers;

/// <summary>A process that times Keras's layers: <c>keras_layers.py</c>, which answers a line for a line.</summary>
internal sealed class KerasPeer : IDisposable
{
    private readonly Process _process;

    /// <param name="command">What runs a Python script where Keras and TensorFlow are installed.</param>
    public KerasPeer(string command)
    {
        var start = new ProcessStartInfo(command, [Path.Combine(AppContext.BaseDirectory, "Layers", "keras_layers.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["TF_CPP_MIN_LOG_LEVEL"] = "3";
        _process = Process.Start(start)!;
        JsonElement hello = Answer();
        Name = hello.GetProperty("peer").GetString()!;
        Cases = [.. hello.GetProperty("cases").EnumerateArray().Select(name => name.GetString()!)];
    }

    /// <summary>The versions of Keras and TensorFlow.</summary>
    public string Name { get; }

    /// <summary>The layers' names.</summary>
    public IReadOnlyList<string> Cases { get; }

    /// <summary>The median step of a layer in milliseconds, or why TensorFlow cannot run it.</summary>
    public (double? Milliseconds, string? Error) Time(string layer, double seconds)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(new { name = layer, seconds }));
        _process.StandardInput.Flush();
        JsonElement answer = Answer();
        return answer.TryGetProperty("ms", out JsonElement time) ? (time.GetDouble(), null) : (null, answer.GetProperty("error").GetString());
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private JsonElement Answer() => _process.StandardOutput.ReadLine() is { } line
        ? JsonDocument.Parse(line).RootElement
        : throw new InvalidOperationException("Keras's process ended; what it wrote stands above. --keras names a command that runs Python with keras and tensorflow.");
}
