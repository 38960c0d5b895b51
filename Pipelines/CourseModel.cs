using ConvNets.Data;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines;

/// <summary>One of the two models, with the course's settings.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Create">Makes its description.</param>
/// <param name="Classes">How many classes it tells apart; null for as many as the labels have, which are one-hot then.</param>
/// <param name="Epochs">How often the data are gone through.</param>
/// <param name="BatchSize">Images a step.</param>
/// <param name="Shuffle">Whether each epoch has an order of its own.</param>
/// <param name="Validate">Whether the test data are evaluated after each epoch.</param>
/// <param name="Example">The training image that the course shows.</param>
internal sealed record CourseModel(string Name, Func<Model> Create, int? Classes, int Epochs, int BatchSize, bool Shuffle, bool Validate, int Example)
{
    public static CourseModel Happy { get; } = new("happy", Architectures.HappyModel, Classes: 2, Epochs: 10, BatchSize: 16, Shuffle: true, Validate: false, Example: 125);

    public static CourseModel Signs { get; } = new("signs", () => Architectures.ConvolutionalModel([64, 64, 3]), Classes: null, Epochs: 100, BatchSize: 64, Shuffle: false, Validate: true, Example: 9);

    /// <summary>The models' names.</summary>
    public static string[] Names => [Happy.Name, Signs.Name];

    /// <summary>The model of a name, or null.</summary>
    public static CourseModel? Find(string name) => Array.Find([Happy, Signs], m => m.Name == name);

    /// <summary>Images for the model, drawn by the program.</summary>
    public (ImageDataset Train, ImageDataset Test) Generate() => this == Happy ? GeneratedData.Happy() : GeneratedData.Signs();
}
