using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Documents;

/// <summary>The code of docs/your-own.md, which the document must show as it stands here.</summary>
[TestClass]
public sealed class YourOwnExamples
{
    [TestMethod]
    public void TheirDerivativesAreRight()
    {
        double layerError = GradientCheck.LargestError(new Scale(), [[3, 5]]);
        double lossError = LossGradientCheck.LargestError(new FourthPower(), targets: [0.2f, 1.5f, -1f], predictions: [1f, 0.3f, 0.8f], width: 3);

        Assert.IsLessThan(0.01, layerError);
        Assert.IsLessThan(0.001, lossError);
    }

    [TestMethod]
    public void AModelOfThemLearns()
    {
        Tensor x = new(TestWeights.Normal(64 * 4, seed: 1), [4]);
        Tensor y = new(Enumerable.Range(0, 64).Select(i => x.Sample(i)[0] - 2 * x.Sample(i)[1]).ToArray(), [1]);

        var model = new Sequential([new Scale { InputShape = [4] }, new Dense(8, ActivationFunction.Tanh), new Dense(1)]);
        using CompiledModel compiled = model.Compile(new SignDescent(0.01), [new OutputObjective(new FourthPower()) { Metrics = [new WithinOne()] }]);
        History history = compiled.Fit(x, y, new FitOptions { Epochs = 100, Callbacks = [new StopWhenGood()] });

        Assert.IsLessThan(100, history.Epochs.Count);
        Assert.IsGreaterThan(0.9, history["within_one"][^1]);
    }
}

/// <summary>Multiplies each channel by a weight.</summary>
public sealed class Scale(string? name = null) : Layer(name), IManagedLayer
{
    protected override void Build(IReadOnlyList<TensorShape> inputShapes) => AddWeight("scale", [inputShapes[0][^1]], new Ones());

    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];

    public void Forward(LayerPass pass)
    {
        ReadOnlySpan<float> x = pass.Input(0), scale = pass.Weight("scale");
        for (int i = 0; i < x.Length; i++)
            pass.Output[i] = x[i] * scale[i % scale.Length];
    }

    public void Backward(LayerPass pass)
    {
        ReadOnlySpan<float> x = pass.Input(0), scale = pass.Weight("scale"), dy = pass.OutputGradient;
        Span<float> dx = pass.InputGradient(0), dScale = pass.WeightGradient("scale");
        for (int i = 0; i < dy.Length; i++)
        {
            if (!dx.IsEmpty)
                dx[i] += dy[i] * scale[i % scale.Length];
            if (!dScale.IsEmpty)
                dScale[i % scale.Length] += dy[i] * x[i];
        }
    }
}

/// <summary>(prediction − target)⁴, which cares most for large errors.</summary>
public sealed class FourthPower : ElementwiseLoss
{
    public override string Name => "fourth_power";

    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double error = prediction - target;
        return (Math.Pow(error, 4), 4 * Math.Pow(error, 3));
    }
}

/// <summary>The share of rows whose prediction is within one of the target.</summary>
public sealed class WithinOne : MeanMetric
{
    public override string Name => "within_one";

    public override bool? HigherIsBetter => true;

    protected override double Value(in MetricRows rows, int row) => Math.Abs(rows.Prediction(row)[0] - rows.Target(row)[0]) <= 1 ? 1 : 0;
}

/// <summary>Goes down by the sign of a moving average of the gradient.</summary>
public sealed class SignDescent(double learningRate = 0.001) : Optimizer(learningRate)
{
    public override string Name => "sign_descent";

    public override int SlotCount => 1;

    public override void Update(in WeightUpdate update)
    {
        Span<float> average = update.Slot(0);
        for (int i = 0; i < update.Weights.Length; i++)
        {
            average[i] = 0.9f * average[i] + 0.1f * update.Gradients[i];
            update.Weights[i] -= (float)update.LearningRate * Math.Sign(average[i]);
        }
    }
}

/// <summary>Ends training when nearly all rows are within one of their target.</summary>
public sealed class StopWhenGood : Callback
{
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        if (logs["within_one"] > 0.95)
            training.StopTraining = true;
    }
}
