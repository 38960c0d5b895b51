using System.Diagnostics;
using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>
/// TensorFlow's native library for tests: where <c>CONVNETS_TENSORFLOW</c> says, else unpacked once from the shared folder into the user's cache.
/// </summary>
internal static class NativeTensorFlow
{
    private static readonly Lazy<string?> Folder = new(Find);

    /// <summary>Makes sure that the engine finds the library; a test that lacks it ends as inconclusive.</summary>
    public static void Require()
    {
        if (Folder.Value is null)
            throw new AssertInconclusiveException($"TensorFlow's native library is neither where {TensorFlowLibrary.Variable} says nor in {SharedFiles.Root ?? "a shared folder"}/native.");
    }

    /// <summary>An engine by its name, ready to use.</summary>
    public static Engine Engine(string name)
    {
        if (name == TensorFlowEngine.EngineName)
            Require();
        return ConvNets.Engines.Engine.Get(name);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(TensorFlowLibrary.Variable) is { Length: > 0 } named)
            return named;
        if (!OperatingSystem.IsLinux() || SharedFiles.Find("native/unpack.sh") is not { } script)
            return null;
        using Process process = Process.Start(new ProcessStartInfo(script) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string folder = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{script} ended with {process.ExitCode}.");
        Environment.SetEnvironmentVariable(TensorFlowLibrary.Variable, folder);
        return folder;
    }
}
