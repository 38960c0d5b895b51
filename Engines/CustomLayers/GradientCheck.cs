using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Compares the derivatives that a layer computes going backward with differences of what it computes going forward, on random values: what a test of a layer of one's own calls.
/// </summary>
/// <remarks>
/// The loss is a random weighted sum of the outputs. Differences are central ones of fourth order, <c>(8(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h</c>; in single precision they agree
/// with correct derivatives to some 1e-3 of the largest. Where a function has a corner within 2h of a value, they do not: choose another seed.
/// </remarks>
/// <example><code>
/// double error = GradientCheck.LargestError(new Square(), [[3, 5]]);
/// Assert.IsLessThan(0.01, error);
/// </code></example>
public static class GradientCheck
{
    private const float Step = 0.02f;

    /// <summary>The largest difference between a derivative and its estimate, of inputs and of trained weights, relative to the largest derivative.</summary>
    /// <param name="layer">The layer, not yet in a model.</param>
    /// <param name="inputShapes">The shape of one sample of each input.</param>
    /// <param name="samples">The samples of a batch.</param>
    /// <param name="seed">What the values are drawn from.</param>
    /// <exception cref="ModelException">The inputs do not suit the layer, or the managed engine cannot run it.</exception>
    public static double LargestError(Layer layer, IReadOnlyList<TensorShape> inputShapes, int samples = 2, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(inputShapes);
        KerasTensor[] inputs = [.. inputShapes.Select(shape => new InputLayer(shape).Output)];
        var model = new Model(inputs, layer.CallAll(inputs));
        using Executor executor = Engine.Managed.CreateExecutor(
            new ExecutorRequest(model, new Sgd(), [.. model.Outputs.Select(_ => new DotLoss())], [.. model.Outputs.Select(_ => 1f)], Threads: 1, seed) { InputGradients = true });
        var random = new Philox(seed, stream: -1);
        ModelWeights weights = new(model.WeightSlots.Select(slot => new WeightTensor(slot.Path, slot.Spec.Shape, Normal(slot.Spec.Shape.Size, 0.5f, random), slot.Trainable)));
        using Batch batch = executor.CreateBatch(samples, training: true);
        batch.Count = samples;
        for (int i = 0; i < inputs.Length; i++)
            Normal(samples * inputs[i].Shape.Size, 1, random).CopyTo(batch.Input(i));
        for (int i = 0; i < model.Outputs.Count; i++)
            Normal(samples * model.Outputs[i].Shape.Size, 1, random).CopyTo(batch.Target(i));

        executor.SetWeights(weights);
        executor.ComputeGradients(batch, out ModelWeights gradients);
        float[][] inputGradients = [.. inputs.Select((_, i) => executor.InputGradient(batch, i).ToArray())];
        double largest = 0, error = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            int input = i;
            for (int k = 0; k < inputGradients[i].Length; k++)
            {
                float before = batch.Input(i)[k];
                int place = k;
                Compare(inputGradients[i][k], moved => batch.Input(input)[place] = before + moved);
                batch.Input(i)[k] = before;
            }
        }
        foreach (WeightTensor gradient in gradients)
        {
            float[] values = weights[gradient.Path].Values;
            for (int k = 0; k < values.Length; k++)
            {
                float before = values[k];
                int place = k;
                Compare(gradient.Values[k], moved => values[place] = before + moved);
                values[k] = before;
            }
        }
        return largest == 0 ? error : error / largest;

        void Compare(double computed, Action<float> move)
        {
            double estimate = (8 * (LossAt(Step) - LossAt(-Step)) - (LossAt(2 * Step) - LossAt(-2 * Step))) / (12 * Step);
            largest = Math.Max(largest, Math.Abs(computed));
            error = Math.Max(error, Math.Abs(computed - estimate));

            double LossAt(float moved)
            {
                move(moved);
                executor.SetWeights(weights);
                double loss = 0;
                foreach (double part in executor.ComputeGradients(batch, out _))
                    loss += part;
                return loss + executor.RegularizationLoss;
            }
        }
    }

    private static float[] Normal(int count, float deviation, Philox random)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
            value = deviation * random.NextNormal();
        return values;
    }
}
