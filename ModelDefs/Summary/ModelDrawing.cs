using System.Text;

namespace ConvNets.ModelDefs;

/// <summary>A model drawn as a graph: text from which Mermaid (as GitHub shows it) and Graphviz make a picture. Layers are boxes with name, class and output shape; nested models are frames.</summary>
public static class ModelDrawing
{
    /// <summary>The graph in Mermaid's language, to be put into a block of code <c>```mermaid</c>.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    public static string ToMermaid(this Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Draw(model, new Mermaid());
    }

    /// <summary>The graph in Graphviz's language DOT: <c>dot -Tsvg</c> draws it.</summary>
    /// <inheritdoc cref="ToMermaid"/>
    public static string ToDot(this Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Draw(model, new Dot());
    }

    private static string Draw(Model model, Language language)
    {
        var layers = new Dictionary<Layer, string>(ReferenceEqualityComparer.Instance);
        var edges = new List<(string From, string To)>();
        var text = new StringBuilder();
        text.Append(language.Begin(model.DisplayName));
        DrawLayers(model, 1);
        Connect(model);
        foreach ((string from, string to) in edges.Distinct())
            text.Append(language.Edge(from, to));
        return text.Append(language.End).ToString();

        void DrawLayers(Model of, int level)
        {
            string indent = new(' ', 4 * level);
            foreach (Layer layer in of.Nodes.Select(node => node.Layer).Distinct())
            {
                string name = $"{layer.Name} ({layer.ClassName})";
                if (layer is Model nested)
                {
                    text.Append(indent).Append(language.BeginFrame($"frame{level}_{layers.Count}", name));
                    DrawLayers(nested, level + 1);
                    text.Append(indent).Append(language.EndFrame);
                    continue;
                }
                layers.TryAdd(layer, $"layer{layers.Count}");
                text.Append(indent).Append(language.Box(layers[layer], name, string.Join(", ", of.Nodes.Last(node => node.Layer == layer).Outputs.Select(o => o.Shape))));
            }
        }

        // A nested model's inputs take what it is called on, and its outputs give what it gives.
        void Connect(Model of)
        {
            foreach (Node node in of.Nodes)
            {
                for (int i = 0; i < node.Inputs.Count; i++)
                {
                    foreach (Layer to in Entrance(node.Layer, i))
                        edges.Add((layers[Exit(node.Inputs[i].Node.Layer, node.Inputs[i].Index)], layers[to]));
                }
            }
            foreach (Model nested in of.Nodes.Select(node => node.Layer).OfType<Model>().Distinct())
                Connect(nested);
        }

        static IEnumerable<Layer> Entrance(Layer layer, int input) => layer is Model nested ? Entrance(nested.Inputs[input].Node.Layer, 0) : [layer];

        static Layer Exit(Layer layer, int output) => layer is Model nested ? Exit(nested.Outputs[output].Node.Layer, nested.Outputs[output].Index) : layer;
    }

    /// <summary>How a language writes the parts of a graph.</summary>
    private abstract class Language
    {
        public abstract string End { get; }

        public abstract string EndFrame { get; }

        public abstract string Begin(string model);

        public abstract string Box(string id, string name, string shape);

        public abstract string BeginFrame(string id, string name);

        public abstract string Edge(string from, string to);
    }

    private sealed class Mermaid : Language
    {
        public override string End => "";

        public override string EndFrame => "end\n";

        public override string Begin(string model) => $"---\ntitle: \"{Quoted(model)}\"\n---\nflowchart TD\n";

        public override string Box(string id, string name, string shape) => $"{id}[\"{Quoted(name)}<br>{shape}\"]\n";

        public override string BeginFrame(string id, string name) => $"subgraph {id}[\"{Quoted(name)}\"]\n";

        public override string Edge(string from, string to) => $"    {from} --> {to}\n";

        private static string Quoted(string text) => text.Replace("\"", "#quot;", StringComparison.Ordinal);
    }

    private sealed class Dot : Language
    {
        public override string End => "}\n";

        public override string EndFrame => "}\n";

        public override string Begin(string model) => $"digraph \"{Quoted(model)}\" {{\n    node [shape=box];\n";

        public override string Box(string id, string name, string shape) => $"{id} [label=\"{Quoted(name)}\\n{shape}\"];\n";

        public override string BeginFrame(string id, string name) => $"subgraph cluster_{id} {{ label=\"{Quoted(name)}\";\n";

        public override string Edge(string from, string to) => $"    {from} -> {to};\n";

        private static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
    }
}
