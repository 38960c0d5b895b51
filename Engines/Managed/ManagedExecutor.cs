using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A model on the managed engine: its weights, and a plan for each batch's size.</summary>
internal sealed class ManagedExecutor : Executor
{
    private readonly ExecutorRequest _request;
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly Parameters _parameters;

    public ManagedExecutor(ExecutorRequest request, KernelSet kernels)
    {
        (_request, _kernels, _team) = (request, kernels, WorkerTeam.Of(request.Threads));
        _parameters = new Parameters(request.Model, request.Optimizer, _team);
    }

    /// <summary>How it computes.</summary>
    public ManagedOptions Options { get; init; } = new();

    /// <summary>Whether convolutions may be computed by Winograd's algorithm.</summary>
    public bool Winograd { get; init; } = true;

    public override double LearningRate
    {
        get => _parameters.Optimizer.LearningRate;
        set => _parameters.Optimizer.LearningRate = value;
    }

    public override Batch CreateBatch(int capacity, bool training, int? samples = null)
    {
        Model model = _request.Model;
        var batch = new Batch(capacity, model.Inputs.Select(t => t.Shape), model.Outputs.Take(_request.Losses.Count).Select((t, i) => _request.Losses[i].TargetShape(t.Shape)),
            model.Outputs.Select(t => t.Shape))
        {
            Borrows = true,
        };
        batch.Plan = new Plan(_request, new PlanContext(_kernels, _team, _parameters, capacity, training, _request.Seed)
        {
            Options = Options,
            Samples = samples,
            Winograd = Winograd,
        }, batch);
        return batch;
    }

    public override ReadOnlySpan<double> Train(Batch batch)
    {
        ReadOnlySpan<double> losses = Learn(batch);

        // A loss that is not finite would make all weights so; left alone, they still tell where it came from.
        double sum = RegularizationLoss;
        foreach (double loss in losses)
            sum += loss;
        if (double.IsFinite(sum))
            _parameters.Update();
        return losses;
    }

    public override ReadOnlySpan<double> ComputeGradients(Batch batch, out ModelWeights gradients)
    {
        ReadOnlySpan<double> losses = Learn(batch);
        _parameters.Touch();
        gradients = _parameters.Copy(gradients: true);
        return losses;
    }

    public override void Predict(Batch batch) => PlanOf(batch).Predict(batch);

    public override ReadOnlySpan<double> Evaluate(Batch batch)
    {
        Plan plan = PlanOf(batch);
        plan.Forward(batch);
        RegularizationLoss = plan.ActivityPenalty + _parameters.Penalty(gradients: false);
        return plan.Loss(batch, gradients: false);
    }

    public override ReadOnlySpan<float> InputGradient(Batch batch, int index) => PlanOf(batch).InputGradient(batch, index);

    public override ModelWeights GetWeights() => _parameters.Copy(gradients: false);

    public override void SetWeights(ModelWeights weights) => _parameters.Set(weights);

    public override OptimizerState GetOptimizerState() => _parameters.Optimizer.GetState();

    public override void SetOptimizerState(OptimizerState state) => _parameters.Optimizer.SetState(state);

    public override void UseAveragedWeights() => _parameters.UseAverage();

    public override string? FindNotFinite(Batch batch) => PlanOf(batch).FindNotFinite(batch);

    public override void Dispose() => _parameters.Dispose();

    private static Plan PlanOf(Batch batch) => (Plan)batch.Plan!;

    private ReadOnlySpan<double> Learn(Batch batch)
    {
        Plan plan = PlanOf(batch);
        plan.Forward(batch);
        ReadOnlySpan<double> losses = plan.Loss(batch, gradients: true);
        plan.Backward(batch);
        RegularizationLoss = plan.ActivityPenalty + _parameters.Penalty(gradients: true);
        return losses;
    }
}
