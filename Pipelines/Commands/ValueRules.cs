using System.CommandLine;
using System.Globalization;

namespace ConvNets.Pipelines.Commands;

/// <summary>What a value must be, checked with the command line.</summary>
internal static class ValueRules
{
    /// <summary>Refuses what is no number, or breaks a rule.</summary>
    /// <param name="option">The option.</param>
    /// <param name="rule">Whether a value will do.</param>
    /// <param name="expected">The rule in words.</param>
    public static void Require<T>(this Option<T?> option, Func<T, bool> rule, string expected) where T : struct, IParsable<T> => option.CustomParser = result =>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, CultureInfo.InvariantCulture, out T value) && rule(value))
            return value;
        result.AddError($"{option.Name}: expected {expected}, found {text}.");
        return null;
    };
}
