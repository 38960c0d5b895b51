using System.Runtime.InteropServices;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>An output of an operation, as the C API passes it (TF_Output).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NativeOutput(nint Operation, int Index);

/// <summary>The functions of TensorFlow's C API that the engine uses, named as there (c_api.h).</summary>
internal static unsafe partial class TensorFlowApi
{
    /// <summary>The name that <see cref="TensorFlowLibrary"/> resolves.</summary>
    public const string Library = "tensorflow";

    [LibraryImport(Library)]
    public static partial byte* TF_Version();

    [LibraryImport(Library)]
    public static partial nint TF_NewStatus();

    [LibraryImport(Library)]
    public static partial void TF_DeleteStatus(nint status);

    [LibraryImport(Library)]
    public static partial int TF_GetCode(StatusHandle status);

    [LibraryImport(Library)]
    public static partial byte* TF_Message(StatusHandle status);

    [LibraryImport(Library)]
    public static partial nint TF_NewGraph();

    [LibraryImport(Library)]
    public static partial void TF_DeleteGraph(nint graph);

    /// <summary>The description is consumed by <see cref="TF_FinishOperation"/>.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint TF_NewOperation(GraphHandle graph, string type, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetDevice(nint description, string device);

    [LibraryImport(Library)]
    public static partial void TF_AddInput(nint description, NativeOutput input);

    [LibraryImport(Library)]
    public static partial void TF_AddInputList(nint description, NativeOutput* inputs, int count);

    [LibraryImport(Library)]
    public static partial void TF_AddControlInput(nint description, nint operation);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrType(nint description, string name, DataType value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrTypeList(nint description, string name, DataType* values, int count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrInt(nint description, string name, long value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrIntList(nint description, string name, long* values, int count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrFloat(nint description, string name, float value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrBool(nint description, string name, byte value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrString(nint description, string name, byte* value, nuint length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrShape(nint description, string name, long* dimensions, int rank);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TF_SetAttrTensor(nint description, string name, TensorHandle value, StatusHandle status);

    [LibraryImport(Library)]
    public static partial nint TF_FinishOperation(nint description, StatusHandle status);

    [LibraryImport(Library)]
    public static partial byte* TF_OperationName(nint operation);

    [LibraryImport(Library)]
    public static partial DataType TF_OperationOutputType(NativeOutput output);

    [LibraryImport(Library)]
    public static partial void TF_AddGradients(GraphHandle graph, NativeOutput* y, int yCount, NativeOutput* x, int xCount, NativeOutput* initial, StatusHandle status, NativeOutput* derivatives);

    [LibraryImport(Library)]
    public static partial nint TF_NewSessionOptions();

    [LibraryImport(Library)]
    public static partial void TF_DeleteSessionOptions(nint options);

    [LibraryImport(Library)]
    public static partial void TF_SetConfig(SessionOptionsHandle options, byte* proto, nuint length, StatusHandle status);

    [LibraryImport(Library)]
    public static partial nint TF_NewSession(GraphHandle graph, SessionOptionsHandle options, StatusHandle status);

    [LibraryImport(Library)]
    public static partial void TF_CloseSession(nint session, nint status);

    [LibraryImport(Library)]
    public static partial void TF_DeleteSession(nint session, nint status);

    [LibraryImport(Library)]
    public static partial void TF_SessionRun(SessionHandle session, nint runOptions, NativeOutput* inputs, nint* inputValues, int inputCount, NativeOutput* outputs, nint* outputValues, int outputCount,
        nint* targets, int targetCount, nint runMetadata, StatusHandle status);

    [LibraryImport(Library)]
    public static partial nint TF_SessionListDevices(SessionHandle session, StatusHandle status);

    [LibraryImport(Library)]
    public static partial int TF_DeviceListCount(DeviceListHandle devices);

    [LibraryImport(Library)]
    public static partial byte* TF_DeviceListName(DeviceListHandle devices, int index, StatusHandle status);

    [LibraryImport(Library)]
    public static partial void TF_DeleteDeviceList(nint devices);

    [LibraryImport(Library)]
    public static partial nint TF_NewTensor(DataType type, long* dimensions, int rank, void* data, nuint length, delegate* unmanaged<void*, nuint, void*, void> deallocator, void* argument);

    [LibraryImport(Library)]
    public static partial nint TF_AllocateTensor(DataType type, long* dimensions, int rank, nuint length);

    [LibraryImport(Library)]
    public static partial void TF_DeleteTensor(nint tensor);

    [LibraryImport(Library)]
    public static partial void* TF_TensorData(TensorHandle tensor);

    [LibraryImport(Library)]
    public static partial nuint TF_TensorByteSize(TensorHandle tensor);
}
