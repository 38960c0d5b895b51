using System.Diagnostics;
using ConvNets.Data;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Benchmarks.Side;

/// <summary>The course's models as a user trains them: from HDF5 through the ready-made ML.NET pipelines. Without files, on the images that the program draws.</summary>
internal static class PipelineJob
{
    private const int ImageCount = 64;

    public static TrainedJob Run(string kind, Engine engine, string? train, string? test, Callback clock)
    {
        OnnxRuntimeTelemetry.Disable();
        var ml = new MLContext(1);
        (IDataView trainData, IDataView testData) = Data(ml, kind, train, test);
        long start = Stopwatch.GetTimestamp();
        ConvNetTransformer network;
        IDataView prepared;
        if (kind == "happy")
        {
            var model = HappyPipeline.Create(ml, new ConvNetBinaryTrainer.Options { Engine = engine, Callbacks = [clock] }).Fit(trainData);
            (network, prepared) = (model.LastTransformer, model.Transform(testData));
        }
        else
        {
            var model = SignsPipeline.Create(ml, new ConvNetMulticlassTrainer.Options { Engine = engine, Callbacks = [clock], ValidationSet = testData }).Fit(trainData);
            (network, prepared) = (model.LastTransformer, model.Transform(testData));
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new TrainedJob(network.Model.Compile(options: new CompileOptions { Engine = engine }), seconds, network.Evaluate(prepared), Images(prepared, network));
    }

    private static (IDataView Train, IDataView Test) Data(MLContext ml, string kind, string? train, string? test)
    {
        if (train is not null && test is not null)
            return (ml.Data.LoadFromHdf5(train), ml.Data.LoadFromHdf5(test, "test_set_x", "test_set_y"));
        (ImageDataset drawnTrain, ImageDataset drawnTest) = kind == "happy" ? GeneratedData.Happy() : GeneratedData.Signs();
        return (ml.Data.LoadFromImages(drawnTrain), ml.Data.LoadFromImages(drawnTest));
    }

    private static Tensor Images(IDataView prepared, ConvNetTransformer network)
    {
        TensorShape shape = network.Model.Definition.Inputs[0].Shape;
        float[] values = new float[ImageCount * shape.Size];
        int count = 0;
        foreach (float[] row in prepared.GetColumn<float[]>(network.FeatureColumnName).Take(ImageCount))
            row.CopyTo(values, count++ * shape.Size);
        return new Tensor(values, shape);
    }
}
