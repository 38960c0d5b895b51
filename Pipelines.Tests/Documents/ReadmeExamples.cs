using ConvNets.Data;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Pipelines;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Documents;

/// <summary>The programs of README.md, which must show them as they stand here. They name files as a user would, so each runs in a folder of its own.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ReadmeExamples : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    public ReadmeExamples()
    {
        Directory.Move(CourseFiles.Signs(_folder).Train, _folder.File("train_signs.h5"));
        Directory.Move(_folder.File("test.h5"), _folder.File("test_signs.h5"));
        Environment.CurrentDirectory = _folder.Path;
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [TestMethod]
    public void AnApplication()
    {
        var ml = new MLContext(seed: 1);
        IDataView train = ml.Data.LoadFromHdf5("train_signs.h5", image: "train_set_x", label: "train_set_y");
        IDataView test = ml.Data.LoadFromHdf5("test_signs.h5", image: "test_set_x", label: "test_set_y");

        var model = SignsPipeline.Create(ml).Fit(train);

        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(test));
        Console.WriteLine($"accuracy {metrics.MicroAccuracy}");
        Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
        ml.Model.Save(model, train.Schema, "signs.zip");

        Assert.IsTrue(File.Exists("signs.zip"));
        Assert.AreEqual(6, metrics.ConfusionMatrix.NumberOfClasses);
    }

    [TestMethod]
    public void APipelineOfOnesOwn()
    {
        var ml = new MLContext(seed: 1);
        var options = new ConvNetMulticlassTrainer.Options
        {
            Model = new Sequential([new Conv2D(8, 3) { InputShape = [64, 64, 3] }, new ReLU(), new MaxPooling2D(4), new Flatten(), new Dense(6, ActivationFunction.Softmax)]),
            Optimizer = new Adam(learningRate: 0.002f),
            Epochs = 5,
            BatchSize = 32,
        };
        var pipeline = ml.Transforms.ScalePixels("Features", "Image")
            .Append(ml.Transforms.LabelToKey("Label"))
            .Append(ml.MulticlassClassification.Trainers.ConvNet(options));

        TransformerChain<ConvNetTransformer> model = pipeline.Fit(ml.Data.LoadFromHdf5("train_signs.h5"));
        Assert.HasCount(5, model.LastTransformer.History["loss"]);
    }

    [TestMethod]
    public void KerassShapeOfWork()
    {
        (ImageDataset images, _) = GeneratedData.Happy(trainCount: 32, testCount: 8);
        Tensor x = Tensor.FromBytes(images.Images, [64, 64, 3], divisor: 255);
        var y = new Tensor(Array.ConvertAll(images.Labels, label => (float)label), [1]);

        using CompiledModel model = Architectures.HappyModel().Compile("adam", "binary_crossentropy", "accuracy");
        History history = model.Fit(x, y, new FitOptions { Epochs = 2, BatchSize = 16 });
        IReadOnlyDictionary<string, double> evaluation = model.Evaluate(x, y);
        Tensor probabilities = model.Predict(x);

        Assert.HasCount(2, history["loss"]);
        Assert.AreEqual(32, probabilities.Count);
        Assert.IsTrue(double.IsFinite(evaluation["loss"]));
    }
}
