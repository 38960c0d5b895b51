using System.Runtime.InteropServices;
using ConvNets.Transforms;

namespace ConvNets.Pipelines.Tests.Transforms;

[TestClass]
public sealed partial class OnnxRuntimeTelemetryTests
{
    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void NativeCodeSeesTheVariable()
    {
        OnnxRuntimeTelemetry.Disable();

        Assert.AreEqual("1", Marshal.PtrToStringUTF8(GetNativeVariable("ORT_DISABLE_TELEMETRY")));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetNativeVariable(string name);
}
