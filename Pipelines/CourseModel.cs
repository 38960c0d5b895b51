using ConvNets.ModelDefs;

namespace ConvNets.Pipelines;

/// <summary>One of the two models, with the course's settings.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Create">Makes its description.</param>
/// <param name="Epochs">How often the data are gone through.</param>
/// <param name="BatchSize">Images a step.</param>
/// <param name="Shuffle">Whether each epoch has an order of its own.</param>
/// <param name="Validate">Whether the test data are evaluated after each epoch.</param>
internal sealed record CourseModel(string Name, Func<Model> Create, int Epochs, int BatchSize, bool Shuffle, bool Validate)
{
    public static CourseModel Happy { get; } = new("happy", Architectures.HappyModel, Epochs: 10, BatchSize: 16, Shuffle: true, Validate: false);

    public static CourseModel Signs { get; } = new("signs", () => Architectures.ConvolutionalModel([64, 64, 3]), Epochs: 100, BatchSize: 64, Shuffle: false, Validate: true);

    /// <summary>The model of a name, or null.</summary>
    public static CourseModel? Find(string name) => Array.Find([Happy, Signs], m => m.Name == name);
}
