using Microsoft.ML.Runtime;

namespace ConvNets.Transforms;

/// <summary>Trains a network of a logit a class to tell classes apart; made by <see cref="Microsoft.ML.ConvNetTrainersCatalog"/>, which describes it.</summary>
public sealed class ConvNetMulticlassTrainer : ConvNetTrainer
{
    internal ConvNetMulticlassTrainer(IHostEnvironment environment, Options options) : base(environment, ScoringTask.Multiclass, options)
    {
    }

    /// <summary>How the network is trained. The defaults are the course's: ConvolutionalModel, 100 epochs in batches of 64, never shuffled, Adam with 0.001.</summary>
    public sealed class Options : ConvNetTrainerOptions
    {
        /// <summary>Makes the options of the course.</summary>
        public Options() : base(epochs: 100, batchSize: 64, shuffle: false)
        {
        }
    }
}
