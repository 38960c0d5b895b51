using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>Models as text for Mermaid and Graphviz.</summary>
[TestClass]
public sealed class ModelDrawingTests
{
    [TestMethod]
    public void AListIsAChainOfBoxes()
    {
        var model = new Sequential([new InputLayer([4, 4, 1], name: "x"), new Flatten(), new Dense(2, name: "a \"quoted\" name")], name: "small");
        Assert.AreEqual("""
            ---
            title: "small"
            ---
            flowchart TD
                layer0["x (InputLayer)<br>(None, 4, 4, 1)"]
                layer1["flatten (Flatten)<br>(None, 16)"]
                layer2["a #quot;quoted#quot; name (Dense)<br>(None, 2)"]
                layer0 --> layer1
                layer1 --> layer2

            """, model.ToMermaid());
        Assert.AreEqual("""
            digraph "small" {
                node [shape=box];
                layer0 [label="x (InputLayer)\n(None, 4, 4, 1)"];
                layer1 [label="flatten (Flatten)\n(None, 16)"];
                layer2 [label="a \"quoted\" name (Dense)\n(None, 2)"];
                layer0 -> layer1;
                layer1 -> layer2;
            }

            """, model.ToDot());
    }

    [TestMethod]
    public void ASharedLayerIsOneBoxWithAllItsEdges()
    {
        string[] lines = KerasSummaryTests.Skips().ToDot().Split('\n', StringSplitOptions.TrimEntries);
        string Id(string name) => lines.Single(line => line.Contains($"\"{name} (", StringComparison.Ordinal)).Split(' ')[0];
        string[] edges = [.. lines.Where(line => line.Contains("->", StringComparison.Ordinal))];
        Assert.HasCount(11, edges);
        foreach ((string from, string to) in new[] { ("picture", "add"), ("a_layer_with_a_name_that_is_rather_long", "add"), ("flatten", "shared"), ("flatten_1", "shared"), ("shared", "concatenate"), ("shared", "dense") })
            Assert.Contains($"{Id(from)} -> {Id(to)};", edges);
    }

    [TestMethod]
    public void ANestedModelIsAFrameAndItsEdgesReachItsLayers()
    {
        string mermaid = KerasSummaryTests.Nested(frozen: false).ToMermaid();
        string[] lines = mermaid.Split('\n', StringSplitOptions.TrimEntries);
        string Id(string name) => lines.First(line => line.Contains($"\"{name} (", StringComparison.Ordinal)).Split('[')[0];
        Assert.HasCount(2, lines.Where(line => line.StartsWith("subgraph", StringComparison.Ordinal)).ToArray());
        Assert.HasCount(2, lines.Where(line => line == "end").ToArray());
        Assert.Contains($"{Id("flatten")} --> {Id("dropout")}", lines);
        Assert.HasCount(1, lines.Where(line => line.StartsWith($"{Id("x")} -->", StringComparison.Ordinal)).ToArray());
        Assert.HasCount(8, lines.Where(line => line.Contains("<br>", StringComparison.Ordinal)).ToArray());
        Assert.HasCount(7, lines.Where(line => line.Contains("-->", StringComparison.Ordinal)).ToArray());
    }
}
