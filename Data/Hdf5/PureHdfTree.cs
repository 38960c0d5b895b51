using PureHDF;
using PureHDF.VOL.Native;

namespace ConvNets.Data.Hdf5;

/// <summary>A file's tree as PureHDF sees it.</summary>
internal sealed class PureHdfTree : IDisposable
{
    private readonly string _path;
    private readonly Hdf5ReadOptions _options;
    private readonly NativeFile _file;
    private readonly Lock _lock = new();
    private long _nextAddress;

    private PureHdfTree(string path, Hdf5ReadOptions options, NativeFile file)
    {
        _path = path;
        _options = options;
        _file = file;
        Root = Group("/", file);
    }

    public Hdf5Group Root { get; }

    public static PureHdfTree Open(string path, Hdf5ReadOptions options)
    {
        Stream stream;
        try
        {
            stream = File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Hdf5Exception($"{path}: {e.Message}", e);
        }

        try
        {
            return new PureHdfTree(path, options, H5File.Open(stream));
        }
        catch (Exception e) when (e is not Hdf5Exception)
        {
            stream.Dispose();
            throw new Hdf5Exception($"{path}: not an HDF5 file, or damaged: {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();

    public T Guard<T>(string where, Func<T> read)
    {
        lock (_lock)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (e is not Hdf5Exception and not OperationCanceledException)
            {
                throw new Hdf5Exception($"{_path}: {where}: {e.Message}", e);
            }
        }
    }

    private Hdf5Group Group(string path, NativeGroup group) =>
        new(path, _nextAddress++, _ => Children(path, group), () => Attributes(path, group));

    private List<Hdf5Object> Children(string path, NativeGroup group) => Guard(path, () =>
        group.Children().Select(Hdf5Object (child) =>
        {
            string childPath = Hdf5Object.Combine(path, child.Name);
            return child switch
            {
                NativeGroup g => Group(childPath, g),
                NativeDataset d => new Hdf5Dataset(_path, childPath, new PureHdfDataset(this, childPath, d), () => Attributes(childPath, d)),
                _ => new Hdf5Unreadable(childPath, "a kind of object that is not read"),
            };
        }).ToList());

    private List<Hdf5Attribute> Attributes(string path, NativeObject owner) => Guard(path, () =>
        owner.Attributes().Cast<NativeAttribute>().Select(a =>
        {
            var type = TypeOf(a.Type);
            return new Hdf5Attribute(
                _path + ": " + path,
                a.Name,
                type,
                Shape(a.Space),
                error: null,
                () => Guard(path, () =>
                    Raw(a, type.Number!.Value, (int)Hdf5Values.Count(Shape(a.Space)))),
                () => Guard(path, () => a.Space.Type == H5DataspaceType.Scalar ? [a.Read<string>()] : a.Read<string[]>()));
        }).ToList());

    private static byte[] Raw(NativeAttribute attribute, Hdf5NumberType number, int count)
    {
        return number switch
        {
            Hdf5NumberType.Int8 => Of<sbyte>(),
            Hdf5NumberType.UInt8 => Of<byte>(),
            Hdf5NumberType.Int16 => Of<short>(),
            Hdf5NumberType.UInt16 => Of<ushort>(),
            Hdf5NumberType.Int32 => Of<int>(),
            Hdf5NumberType.UInt32 => Of<uint>(),
            Hdf5NumberType.Int64 => Of<long>(),
            Hdf5NumberType.UInt64 => Of<ulong>(),
            Hdf5NumberType.Float16 => Of<Half>(),
            Hdf5NumberType.Float32 => Of<float>(),
            _ => Of<double>(),
        };

        byte[] Of<T>()
            where T : unmanaged
        {
            var values = new T[count];
            attribute.Read(values.AsSpan());
            return System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        }
    }

    public static long[] Shape(IH5Dataspace space) => space.Type switch
    {
        H5DataspaceType.Scalar => [],
        H5DataspaceType.Null => [0],
        _ => Array.ConvertAll(space.Dimensions, d => checked((long)d)),
    };

    public static Hdf5Type TypeOf(IH5DataType type)
    {
        switch (type.Class)
        {
            case H5DataTypeClass.FixedPoint:
            case H5DataTypeClass.FloatingPoint:
                Hdf5NumberType? number = (type.Class, type.Size, type.Class == H5DataTypeClass.FixedPoint && type.FixedPoint.IsSigned) switch
                {
                    (H5DataTypeClass.FixedPoint, 1, true) => Hdf5NumberType.Int8,
                    (H5DataTypeClass.FixedPoint, 1, false) => Hdf5NumberType.UInt8,
                    (H5DataTypeClass.FixedPoint, 2, true) => Hdf5NumberType.Int16,
                    (H5DataTypeClass.FixedPoint, 2, false) => Hdf5NumberType.UInt16,
                    (H5DataTypeClass.FixedPoint, 4, true) => Hdf5NumberType.Int32,
                    (H5DataTypeClass.FixedPoint, 4, false) => Hdf5NumberType.UInt32,
                    (H5DataTypeClass.FixedPoint, 8, true) => Hdf5NumberType.Int64,
                    (H5DataTypeClass.FixedPoint, 8, false) => Hdf5NumberType.UInt64,
                    (_, 2, _) => Hdf5NumberType.Float16,
                    (_, 4, _) => Hdf5NumberType.Float32,
                    (_, 8, _) => Hdf5NumberType.Float64,
                    _ => null,
                };
                return new Hdf5Type(
                    type.Class == H5DataTypeClass.FixedPoint ? Hdf5TypeClass.Integer : Hdf5TypeClass.Float,
                    type.Size, number, IsBigEndian: false, IsVariableLength: false, number is { } n ? NumberConversion.Name(n) : "unknown number");
            case H5DataTypeClass.String:
                return new Hdf5Type(Hdf5TypeClass.String, type.Size, null, false, false, $"string of {type.Size} bytes");
            case H5DataTypeClass.VariableLength:
                return new Hdf5Type(Hdf5TypeClass.String, type.Size, null, false, true, "string of variable length");
            default:
                return new Hdf5Type(Hdf5TypeClass.Unknown, type.Size, null, false, false, type.Class.ToString());
        }
    }

    private sealed class PureHdfDataset(PureHdfTree tree, string path, NativeDataset dataset) : IDatasetSource
    {
        private byte[]? _whole;

        public IReadOnlyList<long> Shape { get; } = PureHdfTree.Shape(dataset.Space);

        public Hdf5Type Type { get; } = TypeOf(dataset.Type);

        public Hdf5Layout Layout => (Hdf5Layout)dataset.Layout.Class;

        public IReadOnlyList<long> ChunkShape => Layout == Hdf5Layout.Chunked ? Array.ConvertAll(dataset.Layout.Chunks, d => (long)d) : [];

        public IReadOnlyList<Hdf5Filter> Filters => [];

        public string? Refusal => null;

        public void Read(Span<byte> destination) => Whole().CopyTo(destination);

        public void ReadBlock(long offset, Span<byte> destination) => Whole().AsSpan((int)offset, destination.Length).CopyTo(destination);

        public string[] ReadStrings() => tree.Guard(path, () => Shape.Count == 0 ? [dataset.Read<string>()] : dataset.Read<string[]>());

        private byte[] Whole() => _whole ??= tree.Guard(path, () =>
        {
            long bytes = Hdf5Values.Count(Shape) * Type.Size;
            if (bytes > tree._options.MaxDatasetBytes)
                throw new Hdf5Exception($"{tree._path}: {path} has {bytes} bytes, more than the limit.");
            var result = new byte[bytes];
            dataset.Read(result.AsSpan());
            return result;
        });
    }
}
