using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ConvNets.Engines;
using ConvNets.Pipelines.Tests.Engines.Training;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>
/// The engine on processors that have less than this one: the kernels' tests and the golden files once more in processes for which the runtime has switched instruction sets off, so that both
/// the choice of kernels and what the compiler makes of them are those of such a processor.
/// </summary>
[TestClass]
public sealed class InstructionSetTests
{
    private const string SwitchVariable = "CONVNETS_TEST_SWITCH";
    private const string Filter = $"FullyQualifiedName~.{nameof(InThisProcessTheyAreOff)}|FullyQualifiedName~.{nameof(ConvolutionTests)}.|FullyQualifiedName~.{nameof(FusionTests)}."
        + $"|FullyQualifiedName~.{nameof(PermuteTests)}.|FullyQualifiedName~.{nameof(RandomKernelTests)}.|FullyQualifiedName~.{nameof(GoldenLayersTests)}.|FullyQualifiedName~.{nameof(GoldenTrainingTests.FirstGradientsAreKeras)}"
        + $"|FullyQualifiedName~.{nameof(GoldenTrainingTests.TheFastestRoundingStaysNear)}|FullyQualifiedName~.{nameof(NormalizedConvolutionTests)}.|FullyQualifiedName~.{nameof(PixelsTests)}.|FullyQualifiedName~.{nameof(BytePixelsTests)}.";

    // Forty steps stay within the file's tolerance where a multiply-add is rounded once, as it was in the file. Without such an instruction they do not: Adam makes as much of a gradient near
    // zero as of any other, so that after one step a few weights of 32,768 are off by up to 2e-5, and after 18 steps the loss by 5e-6.
    private const string FusedFilter = $"{Filter}|FullyQualifiedName~.{nameof(GoldenTrainingTests.FortyStepsAreKeras)}";

    // A run of all of them takes seconds; one that hangs is ended.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [TestMethod]
    [DataRow("EnableAVX512")]
    [DataRow("EnableAVX2")]
    [DataRow("EnableHWIntrinsic")]
    public void KernelsAndGoldenFilesHoldWithout(string set)
    {
        if (Environment.GetEnvironmentVariable(SwitchVariable) is not null)
            Assert.Inconclusive("This process is one that the test starts.");
        if (!X86Base.IsSupported)
            Assert.Inconclusive("The switches are those of x86 processors.");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(InstructionSetTests).Assembly.Location);
        foreach (string argument in (string[])["--filter", set == "EnableAVX512" ? FusedFilter : Filter, "--no-ansi"])
            start.ArgumentList.Add(argument);
        start.Environment[$"DOTNET_{set}"] = "0";
        start.Environment[SwitchVariable] = set;

        // The golden files lie in the repository; the other engine, which is looked for beside it, has no part in this.
        start.Environment["CONVNETS_SHARED"] = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"Not done after {Patience}.");
        }
        Assert.AreEqual(0, process.ExitCode, $"{output.Result}{error.Result}");
        StringAssert.Contains(output.Result, "failed: 0");
    }

    /// <summary>In the process that was started: the sets are off, and the engine has chosen accordingly.</summary>
    [TestMethod]
    public void InThisProcessTheyAreOff()
    {
        string? set = Environment.GetEnvironmentVariable(SwitchVariable);
        if (set is null)
        {
            Assert.AreEqual(Avx512F.IsSupported ? "AVX-512" : Fma.IsSupported ? "AVX2" : "Vector128", KernelSet.Best.Name);
            return;
        }
        Assert.IsFalse(Avx512F.IsSupported || Vector512.IsHardwareAccelerated);
        if (set is "EnableAVX2" or "EnableHWIntrinsic")
            Assert.IsFalse(Avx2.IsSupported || Fma.IsSupported || Vector256.IsHardwareAccelerated);
        if (set is "EnableHWIntrinsic")
            Assert.IsFalse(Sse42.IsSupported);
        Assert.AreEqual(Fma.IsSupported ? "AVX2" : "Vector128", KernelSet.Best.Name);
    }
}
