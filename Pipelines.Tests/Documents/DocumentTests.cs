using System.Text.RegularExpressions;

namespace ConvNets.Pipelines.Tests.Documents;

/// <summary>What README.md and docs/ show is compiled: every C# block stands in a source file of this folder, and the README's programs are run.</summary>
[TestClass]
public sealed partial class DocumentTests
{
    public static IEnumerable<string> Documents => SharedFiles.Repository is { } root
        ? [Path.Combine(root, "README.md"), .. Directory.GetFiles(Path.Combine(root, "docs"), "*.md")]
        : [];

    [TestMethod]
    [DynamicData(nameof(Documents))]
    public void EveryCSharpBlockIsCompiled(string document)
    {
        string folder = Path.Combine(SharedFiles.Repository!, "Pipelines.Tests", "Documents");
        string[] sources = [.. Directory.GetFiles(folder, "*Example*.cs").Select(path => Unindented(File.ReadAllText(path)))];

        foreach (Match block in CSharpBlock.Matches(File.ReadAllText(document)))
        {
            string code = Unindented(block.Groups["code"].Value);
            Assert.IsTrue(Array.Exists(sources, s => s.Contains(code, StringComparison.Ordinal)), $"{document} shows code that is in none of {folder}/*Example*.cs:\n{code}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Documents))]
    public void EveryLinkedFileIsThere(string document)
    {
        foreach (Match link in LocalLink.Matches(File.ReadAllText(document)))
            Assert.IsTrue(Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, link.Groups["path"].Value)), $"{document} links {link.Groups["path"].Value}, which is not there.");
    }

    private static string Unindented(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlock { get; }

    [GeneratedRegex(@"\]\((?!https?:|#)(?<path>[^)#]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LocalLink { get; }
}
