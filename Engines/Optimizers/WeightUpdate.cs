using System.Numerics;
using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>
/// A run of weights in one step of an optimizer. Its length is a multiple of 16, so that it is a whole number of vectors too: of <see cref="Vector{T}"/>, through
/// <see cref="MemoryMarshal.Cast{TFrom, TTo}(Span{TFrom})"/>. The gaps between weights that this leaves have gradients of 0.
/// </summary>
public readonly unsafe ref struct WeightUpdate
{
    private readonly float* _slots;
    private readonly long _slotStride;
    private readonly int _length;

    internal WeightUpdate(long step, double learningRate, float* weights, float* gradients, float* slots, long slotStride, int length)
    {
        Step = step;
        LearningRate = learningRate;
        Weights = new Span<float>(weights, length);
        Gradients = new ReadOnlySpan<float>(gradients, length);
        _slots = slots;
        _slotStride = slotStride;
        _length = length;
    }

    /// <summary>The number of this step, from 1.</summary>
    public long Step { get; }

    /// <summary>The step size of this step.</summary>
    public double LearningRate { get; }

    /// <summary>The weights, to be changed in place.</summary>
    public Span<float> Weights { get; }

    /// <summary>The loss's derivatives with respect to them.</summary>
    public ReadOnlySpan<float> Gradients { get; }

    /// <summary>What is remembered of each weight, to be changed in place.</summary>
    /// <param name="index">The slot's number, from 0.</param>
    public Span<float> Slot(int index) => new(_slots + index * _slotStride, _length);

    internal Span<Vector<float>> WeightVectors => Weights.AsVectors();

    internal ReadOnlySpan<Vector<float>> GradientVectors => MemoryMarshal.Cast<float, Vector<float>>(Gradients);

    internal Span<Vector<float>> SlotVectors(int index) => Slot(index).AsVectors();
}

/// <summary>Floats seen as vectors.</summary>
internal static class VectorSpans
{
    public static Span<Vector<float>> AsVectors(this Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);
}
