namespace ConvNets.Engines;

/// <summary>One value up to and including each boundary, and a last one beyond.</summary>
public sealed class PiecewiseConstantDecay : LearningRateSchedule
{
    /// <summary>Makes the schedule.</summary>
    /// <param name="boundaries">The last step of each value but the last, growing.</param>
    /// <param name="values">The step sizes: one more than there are boundaries.</param>
    /// <exception cref="ArgumentException">The numbers do not suit one another, or the boundaries do not grow.</exception>
    public PiecewiseConstantDecay(IEnumerable<long> boundaries, IEnumerable<double> values)
    {
        (Boundaries, Values) = ([.. boundaries], [.. values]);
        if (Values.Count != Boundaries.Count + 1)
            throw new ArgumentException($"Expected one value more than boundaries; received {Values.Count} values and {Boundaries.Count} boundaries.", nameof(values));
        if (Boundaries.Zip(Boundaries.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException($"Expected boundaries that grow; received {string.Join(", ", Boundaries)}.", nameof(boundaries));
        foreach (double value in Values)
            Checked.NotNegative(value, nameof(values));
    }

    /// <summary>The last step of each value but the last.</summary>
    public IReadOnlyList<long> Boundaries { get; }

    /// <summary>The step sizes.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        int piece = 0;
        while (piece < Boundaries.Count && step > Boundaries[piece])
            piece++;
        return Values[piece];
    }
}
