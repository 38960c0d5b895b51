using ConvNets.Transforms;

namespace ConvNets.Pipelines.Tests;

[TestClass]
public static class AssemblySetup
{
    /// <summary>Before any test can load ONNX Runtime.</summary>
    [AssemblyInitialize]
    public static void DisableTelemetry(TestContext context) => OnnxRuntimeTelemetry.Disable();
}
