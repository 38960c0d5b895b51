using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Reports;

/// <summary>How many numbers a model has, and how many of them training moves.</summary>
internal sealed record ParameterCount(long Total, long Trainable)
{
    public static ParameterCount Of(Model model)
    {
        IReadOnlyList<WeightSlot> slots = model.WeightSlots;
        return new(slots.Sum(s => (long)s.Spec.Shape.Size), slots.Where(s => s.Trainable).Sum(s => (long)s.Spec.Shape.Size));
    }
}
