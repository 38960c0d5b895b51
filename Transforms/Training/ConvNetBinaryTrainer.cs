using Microsoft.ML.Runtime;

namespace ConvNets.Transforms;

/// <summary>Trains a network of one logit to tell two classes apart; made by <see cref="Microsoft.ML.ConvNetTrainersCatalog"/>, which describes it.</summary>
public sealed class ConvNetBinaryTrainer : ConvNetTrainer
{
    internal ConvNetBinaryTrainer(IHostEnvironment environment, Options options) : base(environment, ScoringTask.Binary, options)
    {
    }

    /// <summary>How the network is trained. The defaults are the course's: HappyModel, 10 epochs in batches of 16, reshuffled each epoch, Adam with 0.001.</summary>
    public sealed class Options : ConvNetTrainerOptions
    {
        /// <summary>Makes the options of the course.</summary>
        public Options() : base(epochs: 10, batchSize: 16, shuffle: true)
        {
        }
    }
}
