using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Keras's <c>adapt</c>.</summary>
public static class NormalizationStatistics
{
    /// <summary>Computes a normalization's mean and variance from data. To be called before a model with the layer is trained or used.</summary>
    /// <param name="layer">The layer, made without a mean and a variance.</param>
    /// <param name="data">The data, of the layer's input shape.</param>
    /// <exception cref="InvalidOperationException">The layer was made with a mean and a variance.</exception>
    /// <exception cref="ModelException">The data lack one of its axes.</exception>
    public static void Adapt(this Normalization layer, Tensor data)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(data);
        int[] places = layer.StatisticsIndices(data.SampleShape);
        int statistics = layer.StatisticsShape(data.SampleShape).Size;
        double[] mean = new double[statistics], variance = new double[statistics];
        double count = (double)data.Values.Length / statistics;
        ReadOnlySpan<float> values = data.Values.Span;
        for (int i = 0; i < values.Length; i++)
            mean[places[i % places.Length]] += values[i] / count;
        for (int i = 0; i < values.Length; i++)
        {
            double distance = values[i] - mean[places[i % places.Length]];
            variance[places[i % places.Length]] += distance * distance / count;
        }
        layer.SetStatistics([.. mean.Select(m => (float)m)], [.. variance.Select(v => (float)v)], data.Count);
    }
}
