using ConvNets.Data;
using ConvNets.Transforms;
using Microsoft.ML;

namespace ConvNets.Pipelines.Tests.Evaluations;

/// <summary>A model trained in seconds on generated images, and the file that it is judged on.</summary>
internal static class QuickModel
{
    public static (string Model, string Data) Train(TemporaryFolder folder)
    {
        (ImageDataset train, ImageDataset test) = GeneratedData.Signs();
        var ml = new MLContext(seed: 1);
        IDataView images = ml.Data.LoadFromImages(train);
        var options = new ConvNetMulticlassTrainer.Options { Epochs = 30, BatchSize = 32 };
        string model = folder.File("signs.zip"), data = folder.File("test_signs.h5");
        ml.Model.SaveConvNet(SignsPipeline.Create(ml, options).Fit(images), images.Schema, model);

        test.SaveHdf5(data, "test");
        return (model, data);
    }
}
