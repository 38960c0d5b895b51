using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNets.Pipelines.Tests.Transforms;

[TestClass]
public sealed class MLNetInternalsTests
{
    [TestMethod]
    public void TheEnvironmentBehindACatalogReachesTheLog()
    {
        var ml = new MLContext(1);
        List<string> messages = [];
        ml.Log += (_, line) => messages.Add(line.Message);
        IHostEnvironment[] environments = [MLNetInternals.Environment(ml.BinaryClassification.Trainers), MLNetInternals.Environment(ml.MulticlassClassification.Trainers)];

        foreach (IHostEnvironment environment in environments)
        {
            using IChannel channel = environment.Register("Test").Start("Work");
            channel.Info(MessageSensitivity.None, "heard");
        }

        Assert.HasCount(2, messages.Where(m => m.Contains("heard")));
    }
}
