using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ConvNets.Engines;

/// <summary>
/// Whether a·b + c is one instruction, rounded once. Where it is, every kernel uses that and nothing else, where not, two operations: .NET's own <c>MultiplyAddEstimate</c> leaves the choice
/// to the compiler, which may choose differently for code compiled ahead of time and just in time, and so give different bits.
/// </summary>
internal static class FusedMultiplyAdd
{
    public static bool IsSupported => Fma.IsSupported || AdvSimd.IsSupported;
}
