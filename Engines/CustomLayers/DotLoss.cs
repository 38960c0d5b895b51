namespace ConvNets.Engines;

/// <summary>Σ target·prediction over a batch: the loss whose derivatives are the targets, by which gradients are compared.</summary>
internal sealed class DotLoss : Loss
{
    public DotLoss() => Reduction = LossReduction.Sum;

    public override string Name => "dot";

    public override void Compute(in LossRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            double sum = 0;
            for (int i = row * rows.Width; i < (row + 1) * rows.Width; i++)
            {
                sum += (double)rows.Targets[i] * rows.Predictions[i];
                if (!rows.Gradients.IsEmpty)
                    rows.Gradients[i] = rows.Targets[i];
            }
            rows.Losses[row] = sum;
        }
    }
}
