using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Batch normalization over the last axis, and a rectifier behind it where the planner gives it one; see <see cref="ChannelNormalization"/> for the formulas.</summary>
internal sealed unsafe class BatchNormalizationOperation : Operation
{
    private const int PieceRows = NormalizationSums.PieceRows;

    private readonly WorkerTeam _team;
    private readonly ChannelKernels _kernels;
    private readonly ChannelNormalization _normalization;
    private readonly NormalizationSums _sums;
    private readonly int _channels;
    private readonly bool _relu;
    private readonly long _capacity;
    private readonly Action<int, int> _normalize;
    private readonly Action<int, int> _gradient;
    private long _rows;

    public BatchNormalizationOperation(PlanContext context, BatchNormalization layer, int channels, bool relu, int rowsPerSample)
    {
        (_team, _kernels, _channels, _relu) = (context.Team, context.Kernels.ForChannels(channels), channels, relu);
        _capacity = (long)context.Capacity * rowsPerSample;
        _normalization = new ChannelNormalization(context, layer, channels);
        _sums = new NormalizationSums(context, _normalization, channels);
        (_normalize, _gradient) = (Normalize, Gradient);
    }

    public override long ScratchSize => _sums.ScratchSize(_capacity);

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => _relu;

    public override void Forward(int count)
    {
        _rows = (long)count * Output.Shape.Size / _channels;
        _normalization.Prepare(Inputs[0].Data, _rows);
        _team.Run(NormalizationSums.Pieces(_rows), _normalize);
    }

    public override void Backward(int count)
    {
        _rows = (long)count * Output.Shape.Size / _channels;
        _sums.Run(Inputs[0].Data, _normalization.Mean, Output.Gradient, _relu ? Output.Data : null, _rows, _rows, Scratch);
        if (Inputs[0].NeedsGradient)
            _team.Run(NormalizationSums.Pieces(_rows), _gradient);
    }

    private void Normalize(int piece, int worker)
    {
        long first = First(piece);
        _kernels.Normalize(Inputs[0].Data + first, Output.Data + first, Rows(piece), _channels, _normalization.Scale, _normalization.Shift, _relu);
    }

    private void Gradient(int piece, int worker)
    {
        long first = First(piece);
        _kernels.NormalizeGradient(Inputs[0].Data + first, Output.Gradient + first, _relu ? Output.Data + first : null, Inputs[0].Gradient + first, Rows(piece), _channels,
            _normalization.Mean, _normalization.Scale, _normalization.GradientSlope, _normalization.GradientOffset, Accumulates[0]);
    }

    private long First(int piece) => (long)piece * PieceRows * _channels;

    private long Rows(int piece) => Math.Min(PieceRows, _rows - (long)piece * PieceRows);
}
