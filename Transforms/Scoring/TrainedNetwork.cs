using ConvNets.Engines;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>What training leaves, and what a saved model keeps of it.</summary>
internal sealed record TrainedNetwork
{
    /// <summary>The network and its weights.</summary>
    public required ConvNetModelParameters Model { get; init; }

    /// <summary>What it was trained for.</summary>
    public required ScoringTask Task { get; init; }

    /// <summary>The number of classes.</summary>
    public required int Classes { get; init; }

    /// <summary>Their names; empty where they have none.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>What training made small.</summary>
    public required Loss Loss { get; init; }

    /// <summary>Keras's names of what was measured besides.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>The column of the features.</summary>
    public required string FeatureColumnName { get; init; }

    /// <summary>Its type.</summary>
    public required VectorDataViewType FeatureColumnType { get; init; }

    /// <summary>What logits are multiplied with for the stock predictor.</summary>
    public required float Scale { get; init; }

    /// <summary>What is added then.</summary>
    public required float Shift { get; init; }

    /// <summary>Engine and threads.</summary>
    public required CompileOptions Options { get; init; }
}
