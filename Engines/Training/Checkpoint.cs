using System.Security.Cryptography;
using System.Text;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// All that a training run needs to go on with the bits of the uninterrupted one. The file: a line that names it, a version, the parts as <see cref="BinaryWriter"/> writes them, and the
/// SHA-256 of all that, by which half a file or a damaged one is known.
/// </summary>
internal sealed record Checkpoint
{
    private const int Version = 2;
    private static readonly byte[] Title = Encoding.ASCII.GetBytes("ConvNets checkpoint\n");

    public required long Seed { get; init; }

    public required string OptimizerName { get; init; }

    public required ModelWeights Weights { get; init; }

    /// <summary>What the optimizer remembers; null where only weights were saved.</summary>
    public required OptimizerState? Optimizer { get; init; }

    /// <summary>The epoch that comes next.</summary>
    public int Epoch { get; init; }

    /// <summary>The steps of that epoch that are over.</summary>
    public int Step { get; init; }

    public History History { get; init; } = new();

    /// <summary>What the metrics gathered in that epoch.</summary>
    public byte[] Metrics { get; init; } = [];

    /// <summary>What callbacks remember, each with its type's name.</summary>
    public IReadOnlyList<(string Type, byte[] State)> Callbacks { get; init; } = [];

    /// <summary>A model as it is, and where its training is.</summary>
    public static Checkpoint Of(CompiledModel model, TrainingState? training = null, IReadOnlyList<Callback>? callbacks = null, bool weightsOnly = false) => new()
    {
        Seed = model.Seed,
        OptimizerName = model.Optimizer.Name,
        Weights = model.GetWeights(),
        Optimizer = weightsOnly ? null : model.Executor.GetOptimizerState(),
        Epoch = training?.NextEpoch ?? 0,
        Step = training?.NextStep ?? 0,
        History = training?.History ?? new History(),
        Metrics = training is { NextStep: > 0 } ? Bytes(model.Metrics.Save) : [],
        Callbacks = [.. (callbacks ?? []).Select(callback => (callback.GetType().FullName!, Bytes(callback.SaveState)))],
    };

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var state = new MemoryStream();
        using (var writer = new BinaryWriter(state))
            write(writer);
        return state.ToArray();
    }

    /// <summary>Puts weights and optimizer back as they were.</summary>
    /// <exception cref="TrainingException">The checkpoint is of another model, optimizer or seed.</exception>
    public void Restore(CompiledModel model, string path)
    {
        if (Optimizer is not null && OptimizerName != model.Optimizer.Name)
            throw new TrainingException($"The checkpoint {path} is of a model trained with {OptimizerName}; this one is trained with {model.Optimizer.Name}.");
        if (Optimizer is not null && Seed != model.Seed)
            throw new TrainingException($"The checkpoint {path} is of a model compiled with seed {Seed}; this one has {model.Seed}, and would draw other numbers.");
        try
        {
            model.SetWeights(Weights);
        }
        catch (ModelException exception)
        {
            throw new TrainingException($"The checkpoint {path} is of another model. {exception.Message}", exception);
        }
        if (Optimizer is not null)
            model.Executor.SetOptimizerState(Optimizer);
    }

    /// <summary>Goes on with the figures of an epoch that has begun.</summary>
    public void RestoreMetrics(CompiledModel model)
    {
        if (Metrics.Length == 0)
            return;
        using var reader = new BinaryReader(new MemoryStream(Metrics));
        model.Metrics.Restore(reader);
    }

    public void RestoreCallbacks(IReadOnlyList<Callback> callbacks)
    {
        // Several of a type are told apart by their order.
        var left = Callbacks.ToList();
        foreach (Callback callback in callbacks)
        {
            int index = left.FindIndex(c => c.Type == callback.GetType().FullName);
            if (index < 0)
                continue;
            using var reader = new BinaryReader(new MemoryStream(left[index].State));
            callback.RestoreState(reader);
            left.RemoveAt(index);
        }
    }

    /// <summary>Writes the file beside its place, and puts it there when it is whole and on the disk.</summary>
    public void Write(string path)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
            WriteParts(writer);
        byte[] bytes = content.ToArray();
        string target = Path.GetFullPath(path), temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        try
        {
            using (FileStream file = File.Create(temporary))
            {
                file.Write(bytes);
                file.Write(SHA256.HashData(bytes));
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <exception cref="TrainingException">The file is no checkpoint, or damaged.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static Checkpoint Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith(Title))
            throw new TrainingException($"{path} is no checkpoint of this project: it does not begin with \"{Encoding.ASCII.GetString(Title).Trim()}\".");
        int length = bytes.Length - SHA256.HashSizeInBytes;
        if (length < Title.Length || !SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
            throw new TrainingException($"The checkpoint {path} is damaged: its checksum does not suit its {bytes.Length} bytes. Go on from another one.");
        using var reader = new BinaryReader(new MemoryStream(bytes, Title.Length, length - Title.Length));
        int version = reader.ReadInt32();
        return version == Version ? ReadParts(reader) : throw new TrainingException($"The checkpoint {path} has version {version}; version {Version} is known here.");
    }

    private void WriteParts(BinaryWriter writer)
    {
        writer.Write(Title);
        writer.Write(Version);
        writer.Write(Seed);
        writer.Write(OptimizerName);
        WeightFile.Write(writer, Weights);
        writer.Write(Optimizer is not null);
        if (Optimizer is not null)
        {
            writer.Write(Optimizer.Batches);
            writer.Write(Optimizer.LearningRate);
            WeightFile.Write(writer, Optimizer.Values);
        }
        writer.Write(Epoch);
        writer.Write(Step);
        History.Write(writer);
        writer.Write(Metrics.Length);
        writer.Write(Metrics);
        writer.Write(Callbacks.Count);
        foreach ((string type, byte[] state) in Callbacks)
        {
            writer.Write(type);
            writer.Write(state.Length);
            writer.Write(state);
        }
    }

    private static Checkpoint ReadParts(BinaryReader reader) => new()
    {
        Seed = reader.ReadInt64(),
        OptimizerName = reader.ReadString(),
        Weights = WeightFile.Read(reader),
        Optimizer = reader.ReadBoolean() ? new OptimizerState(reader.ReadInt64(), reader.ReadDouble(), WeightFile.Read(reader)) : null,
        Epoch = reader.ReadInt32(),
        Step = reader.ReadInt32(),
        History = History.Read(reader),
        Metrics = reader.ReadBytes(reader.ReadInt32()),
        Callbacks = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => (reader.ReadString(), reader.ReadBytes(reader.ReadInt32())))],
    };
}

/// <summary>Weights in a checkpoint: their number, and of each the path, shape and values.</summary>
internal static class WeightFile
{
    public static void Write(BinaryWriter writer, ModelWeights weights)
    {
        writer.Write(weights.Count);
        foreach (WeightTensor weight in weights)
        {
            writer.Write(weight.Path);
            writer.Write(weight.Trainable);
            writer.Write(weight.Shape.Rank);
            foreach (int dimension in weight.Shape)
                writer.Write(dimension);
            writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weight.Values.AsSpan()));
        }
    }

    public static ModelWeights Read(BinaryReader reader) => new([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ =>
    {
        string path = reader.ReadString();
        bool trainable = reader.ReadBoolean();
        TensorShape shape = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt32())];
        float[] values = new float[shape.Size];
        reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return new WeightTensor(path, shape, values, trainable);
    })]);
}
