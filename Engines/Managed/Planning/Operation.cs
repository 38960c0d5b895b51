using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A worker's scratch memory.</summary>
internal unsafe delegate float* ScratchOf(int worker);

/// <summary>
/// One step of a plan: a layer, or several that run as one. It reads and writes values, whose memory is known only after it is made, and cuts its work in pieces that
/// do not depend on the number of threads.
/// </summary>
internal abstract unsafe class Operation
{
    /// <summary>What it reads.</summary>
    public required IReadOnlyList<Value> Inputs { get; init; }

    /// <summary>What it writes.</summary>
    public required Value Output { get; init; }

    /// <summary>Whether a loss depends on the output other than through this operation's own penalty. Set by the plan.</summary>
    public bool OutputHasGradient { get; set; }

    /// <summary>Whether the operation adds a penalty of its own to the loss.</summary>
    public virtual bool AddsPenalty => false;

    /// <summary>What it added in the last forward pass.</summary>
    public virtual double Penalty => 0;

    /// <summary>For each input, whether its derivative holds another operation's part already, to which this one's is added. Set by the plan.</summary>
    public bool[] Accumulates { get; set; } = [];

    /// <summary>The activation function that this is, which a loss may take over; null for other operations.</summary>
    public virtual ActivationFunction? Activation => null;

    /// <summary>Whether the output may be written over the first input, where nothing else needs that.</summary>
    public virtual bool MayOverwriteInput => false;

    /// <summary>An input whose derivative is the output's, so that one memory will do for both; null for none.</summary>
    public virtual int? InputThatTakesGradient => null;

    /// <summary>Scratch memory of the whole operation that lives from forward to backward, in floats for the plan's capacity.</summary>
    public virtual long StateSize => 0;

    /// <summary>Where that memory is.</summary>
    public float* State { get; set; }

    /// <summary>Scratch memory for each worker while the operation runs, in floats.</summary>
    public virtual long WorkerScratchSize => 0;

    /// <summary>Where a worker's is.</summary>
    public ScratchOf WorkerScratch { get; set; } = null!;

    /// <summary>Scratch memory of the whole operation while it runs, in floats.</summary>
    public virtual long ScratchSize => 0;

    /// <summary>Where that is.</summary>
    public float* Scratch { get; set; }

    /// <summary>Whether the backward pass reads what the operation wrote.</summary>
    public virtual bool BackwardReadsOutput => false;

    /// <summary>Whether the backward pass reads what the operation read.</summary>
    public virtual bool BackwardReadsInput => false;

    /// <summary>Whether the operation takes its input as bytes, too (<see cref="Value.Pixels"/>).</summary>
    public virtual bool ReadsBytes => false;

    /// <summary>Computes the output of the first <paramref name="count"/> samples.</summary>
    public abstract void Forward(int count);

    /// <summary>Computes the weights' gradients, and the inputs' where those need one, from the output's.</summary>
    public abstract void Backward(int count);
}
