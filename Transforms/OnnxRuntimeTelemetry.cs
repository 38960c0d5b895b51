using System.Runtime.InteropServices;

namespace ConvNets.Transforms;

/// <summary>
/// Switches off the telemetry of ONNX Runtime, which otherwise writes to the user's cache and temporary folders and sends usage data. The program and the tests do so at
/// their start; an application of one's own calls <see cref="Disable"/> before it first uses an ONNX model, or sets <c>ORT_DISABLE_TELEMETRY=1</c> before it starts.
/// </summary>
public static partial class OnnxRuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Sets <c>ORT_DISABLE_TELEMETRY</c> for this process. It has to come before ONNX Runtime's native library is loaded.</summary>
    public static void Disable()
    {
        Environment.SetEnvironmentVariable(Variable, "1");

        // On Unix .NET keeps a copy of the environment of its own: what native code reads has to be set by libc.
        if (!OperatingSystem.IsWindows() && SetNativeVariable(Variable, "1", 1) != 0)
            throw new InvalidOperationException($"The environment variable {Variable} cannot be set: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);
}
