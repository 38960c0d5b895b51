using System.Runtime.InteropServices;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>Something that TensorFlow's C API made and that has to be given back.</summary>
internal abstract class TensorFlowHandle : SafeHandle
{
    private static long _alive;

    protected TensorFlowHandle(nint value) : base(0, ownsHandle: true)
    {
        SetHandle(value);
        if (value != 0)
            Interlocked.Increment(ref _alive);
    }

    /// <summary>How many there are that have not been given back.</summary>
    public static long Alive => Interlocked.Read(ref _alive);

    public override bool IsInvalid => handle == 0;

    protected abstract void Delete();

    protected sealed override bool ReleaseHandle()
    {
        Delete();
        Interlocked.Decrement(ref _alive);
        return true;
    }
}

/// <summary>Where a call of the C API says how it went.</summary>
internal sealed unsafe class StatusHandle : TensorFlowHandle
{
    // TensorFlow's codes are those of gRPC.
    private static readonly string[] Codes =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public StatusHandle() : base(NewStatus())
    {
    }

    /// <summary>Throws unless the last call went well.</summary>
    /// <param name="what">What was tried, for the message.</param>
    /// <exception cref="TensorFlowException">It did not; the message holds TensorFlow's own.</exception>
    public void Check(string what)
    {
        if (Problem(what) is { } problem)
            throw problem;
    }

    /// <summary>What the last call did not do; null when it went well.</summary>
    public TensorFlowException? Problem(string what)
    {
        int code = TensorFlowApi.TF_GetCode(this);
        return code == 0 ? null : new TensorFlowException($"TensorFlow cannot {what}: {(code < Codes.Length ? Codes[code] : code)}: {Marshal.PtrToStringUTF8((nint)TensorFlowApi.TF_Message(this))}");
    }

    protected override void Delete() => TensorFlowApi.TF_DeleteStatus(handle);

    // Every use of TensorFlow begins with a status, and so with finding the library.
    private static nint NewStatus()
    {
        TensorFlowLibrary.Load();
        return TensorFlowApi.TF_NewStatus();
    }
}

internal sealed class GraphHandle() : TensorFlowHandle(TensorFlowApi.TF_NewGraph())
{
    protected override void Delete() => TensorFlowApi.TF_DeleteGraph(handle);
}

internal sealed class SessionOptionsHandle() : TensorFlowHandle(TensorFlowApi.TF_NewSessionOptions())
{
    protected override void Delete() => TensorFlowApi.TF_DeleteSessionOptions(handle);
}

/// <summary>A session; it is closed before it is given back, so that nothing is left running.</summary>
internal sealed class SessionHandle(nint value) : TensorFlowHandle(value)
{
    protected override void Delete()
    {
        nint status = TensorFlowApi.TF_NewStatus();
        TensorFlowApi.TF_CloseSession(handle, status);
        TensorFlowApi.TF_DeleteSession(handle, status);
        TensorFlowApi.TF_DeleteStatus(status);
    }
}

internal sealed class DeviceListHandle(nint value) : TensorFlowHandle(value)
{
    protected override void Delete() => TensorFlowApi.TF_DeleteDeviceList(handle);
}

/// <summary>A tensor: one that TensorFlow made, or one over memory of ours.</summary>
internal sealed unsafe class TensorHandle(nint value) : TensorFlowHandle(value)
{
    /// <summary>
    /// A tensor over memory of ours, which must stay until the tensor is given back. Memory at a multiple of 64 bytes is used as it is; TensorFlow copies other memory at once.
    /// </summary>
    public static TensorHandle Over(void* data, DataType type, ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long dimension in shape)
            count *= dimension;
        fixed (long* dimensions = shape)
            return new TensorHandle(TensorFlowApi.TF_NewTensor(type, dimensions, shape.Length, data, (nuint)count * (nuint)type.Size(), &KeepMemory, null));
    }

    /// <summary>A tensor of its own with a copy of values.</summary>
    public static TensorHandle Copy(float* values, ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long dimension in shape)
            count *= dimension;
        nuint bytes = (nuint)count * sizeof(float);
        fixed (long* dimensions = shape)
        {
            var tensor = new TensorHandle(TensorFlowApi.TF_AllocateTensor(DataType.Float, dimensions, shape.Length, bytes));
            NativeMemory.Copy(values, TensorFlowApi.TF_TensorData(tensor), bytes);
            return tensor;
        }
    }

    /// <summary>The tensor's address for a call's list of tensors; the caller keeps this object alive.</summary>
    public nint Value => handle;

    /// <summary>The values.</summary>
    public ReadOnlySpan<float> Floats => new(TensorFlowApi.TF_TensorData(this), (int)(TensorFlowApi.TF_TensorByteSize(this) / sizeof(float)));

    protected override void Delete() => TensorFlowApi.TF_DeleteTensor(handle);

    [UnmanagedCallersOnly]
    private static void KeepMemory(void* data, nuint length, void* argument)
    {
    }
}
