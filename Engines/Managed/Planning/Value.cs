using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A tensor of a plan: what one operation writes and others read, for as many samples as the plan takes, and in training its derivative.</summary>
internal sealed unsafe class Value(TensorShape shape, string name)
{
    /// <summary>The shape of one sample.</summary>
    public TensorShape Shape { get; } = shape;

    /// <summary>The layer that it comes from, for messages.</summary>
    public string Name { get; } = name;

    /// <summary>The values; in the arena, or the batch's own buffer.</summary>
    public float* Data { get; set; }

    /// <summary>The same as bytes, where the batch has such and the one operation that reads them takes them.</summary>
    public Pixels? Bytes { get; set; }

    /// <summary>The values as they are given.</summary>
    public Pixels Pixels => Bytes ?? new Pixels(Data);

    /// <summary>The loss's derivatives with respect to them, where training needs them.</summary>
    public float* Gradient { get; set; }

    /// <summary>Where derivatives are computed for whoever asks, an image at a time, instead of being stored; null for most values.</summary>
    public ImageGradient? GradientSource { get; set; }

    /// <summary>Whether anything behind this value learns from it.</summary>
    public bool NeedsGradient { get; set; }

    /// <summary>The value of which this is another view, of another shape; itself for most.</summary>
    public Value Alias => AliasOf?.Alias ?? this;

    /// <summary>The value of which this one is another view.</summary>
    public Value? AliasOf { get; init; }

    /// <summary>The value whose memory an operation in place writes this one over.</summary>
    public Value? Over { get; set; }

    /// <summary>The value whose memory this one has in the end.</summary>
    public Value Memory => (AliasOf ?? Over)?.Memory ?? this;

    /// <summary>The value whose derivatives take the place of this one's, being the same.</summary>
    public Value? GradientOver { get; set; }

    /// <summary>The value whose memory this one's derivatives have in the end.</summary>
    public Value GradientMemory => (GradientOver ?? AliasOf ?? Over)?.GradientMemory ?? this;

    /// <summary>Takes the addresses of <see cref="Memory"/> and <see cref="GradientMemory"/>, once they have them.</summary>
    public void TakeMemory()
    {
        Data = Memory.Data;
        Gradient = GradientMemory.Gradient;
    }
}
