namespace ConvNets.Transforms;

/// <summary>The names of the columns that a trained network adds.</summary>
/// <param name="Score">The scores.</param>
/// <param name="PredictedLabel">The predicted class.</param>
internal sealed record ScoreColumns(string Score, string PredictedLabel);
