using ConvNets.Data.Hdf5;
using ConvNets.Engines;
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

    /// <summary>Whether it is the happy one and not signs.</summary>
    public bool IsHappy => _group == "happy";

    /// <summary>Samples of a step.</summary>
    public int BatchSize => IsHappy ? 16 : 64;

    /// <summary>Epochs of the whole fit.</summary>
    public int Epochs => Values("fit/loss").Length;

    /// <summary>The training images.</summary>
    public Tensor X => AllImages("x");

    /// <summary>Their labels, one-hot for signs.</summary>
    public Tensor Y => Labels("y");

    /// <summary>The validation images.</summary>
    public Tensor Xv => AllImages("xv");

    /// <summary>Their labels.</summary>
    public Tensor Yv => Labels("yv");

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

    /// <summary>How far any element of a dataset may be from Keras's.</summary>
    public double Tolerance(string name) => _file.Dataset($"{_group}/{name}").Attribute("tolerance")!.Read<double>()[0];

    public void Dispose() => _file.Dispose();

    private Tensor AllImages(string name) => new(Images(name, (int)_file.Dataset($"{_group}/{name}").Shape[0]), Model.Inputs[0].Shape);

    private Tensor Labels(string name)
    {
        long[] labels = _file.Dataset($"{_group}/{name}").Read<long>();
        if (IsHappy)
            return new Tensor(labels.Select(l => (float)l).ToArray(), [1]);
        float[] oneHot = new float[labels.Length * 6];
        for (int i = 0; i < labels.Length; i++)
            oneHot[i * 6 + labels[i]] = 1;
        return new Tensor(oneHot, [6]);
    }
}
