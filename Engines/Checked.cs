using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>Checks of hyper-parameters: each gives back what it was given, or says what it expected. Null, where it is allowed, passes.</summary>
internal static class Checked
{
    [return: NotNullIfNotNull(nameof(value))]
    public static double? NotNegative(double? value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is null or (>= 0 and < double.PositiveInfinity) ? value : throw Refused(value, name, "finite and not negative");

    public static double NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and < double.PositiveInfinity ? value : throw Refused(value, name, "finite and not negative");

    public static double? Positive(double? value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is null or (> 0 and < double.PositiveInfinity) ? value : throw Refused(value, name, "finite and positive");

    /// <summary>From 0 to 1, both included.</summary>
    public static double Fraction(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and <= 1 ? value : throw Refused(value, name, "between 0 and 1");

    /// <summary>From 0 up to, but not including, 1: how much of a mean remains at each step.</summary>
    public static double Decay(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and < 1 ? value : throw Refused(value, name, "at least 0 and below 1");

    public static int AtLeast(int value, int least, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= least ? value : throw Refused(value, name, $"at least {least}");

    public static int? AtLeast(int? value, int least, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is null || value >= least ? value : throw Refused(value, name, $"at least {least}");

    private static ArgumentOutOfRangeException Refused(object? value, string name, string expected) => new(name, value, $"Expected a value that is {expected}.");
}
