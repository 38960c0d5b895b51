using ConvNets.Data.Hdf5;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>One architecture's part of a golden <c>training.h5</c>: weights, images and results of Keras; the file's <c>note</c> explains each.</summary>
internal sealed class GoldenTraining : IDisposable
{
    private readonly Hdf5File _file;
    private readonly string _group;

    /// <param name="path">The file.</param>
    /// <param name="architecture"><c>happy</c> or <c>signs</c>.</param>
    public GoldenTraining(string path, string architecture)
    {
        _file = Hdf5File.Open(path);
        _group = architecture;
        Model = architecture == "happy" ? Architectures.HappyModel() : Architectures.ConvolutionalModel([64, 64, 3]);
    }

    /// <summary>Every file and architecture there is, for <see cref="DynamicDataAttribute"/>.</summary>
    public static IEnumerable<(string Path, string Architecture)> All =>
        SharedFiles.Glob("golden", "training*.h5").SelectMany(path => new[] { (path, "happy"), (path, "signs") });

    /// <summary>The architecture, built.</summary>
    public Model Model { get; }

    /// <summary>A dataset's values.</summary>
    /// <param name="name">E.g. <c>predict_0</c> or <c>fit/loss</c>.</param>
    public double[] Values(string name) => _file.Dataset($"{_group}/{name}").Read<double>();

    /// <summary>The weights of a group: <c>start</c>, <c>after_1</c>, <c>after_10</c>, <c>after_40</c>.</summary>
    public ModelWeights Weights(string group) => new(Model.WeightSlots.Select((slot, i) =>
        new WeightTensor(slot.Path, slot.Spec.Shape, [.. Values($"{group}/{i:00}").Select(v => (float)v)], slot.Trainable)));

    /// <summary>Images as the model takes them, divided by 255.</summary>
    /// <param name="name"><c>x</c> or <c>xv</c>.</param>
    /// <param name="count">The first so many.</param>
    public float[] Images(string name, int count)
    {
        byte[] bytes = new byte[count * Model.Inputs[0].Shape.Size];
        _file.Dataset($"{_group}/{name}").ReadRows(0, count, bytes);
        return [.. bytes.Select(b => b / 255f)];
    }

    public void Dispose() => _file.Dispose();
}
