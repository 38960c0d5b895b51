namespace ConvNets.Data.Hdf5.Format;

/// <summary>A dataset as its header describes it, and its values.</summary>
internal sealed class StoredDataset : IDatasetSource
{
    /// <summary>What a dataset may have in any case, e.g. one that was never written.</summary>
    private const long SmallBytes = 64 << 20;

    private readonly Hdf5Tree _tree;
    private readonly string _path;
    private readonly Datatype _type;
    private readonly Dataspace _space;
    private readonly DataLayout _layout;
    private readonly FilterStep[] _filters;
    private readonly byte[] _fill;
    private readonly long _bytes;
    private ChunkedValues? _chunks;

    public StoredDataset(Hdf5Tree tree, string path, ObjectHeader header, Budget budget)
    {
        _tree = tree;
        _path = path;
        _type = Datatype.Read(tree.File, header, budget);
        _space = Dataspace.Read(tree.File, header, budget);
        _layout = DataLayout.Read(tree.File, header, _type.Type.Size, _space.Shape.Length);
        _filters = FilterPipeline.Read(tree.File, header, budget);
        _fill = FillValue.Read(tree.File, header, _type.Type.Size, budget);
        Filters = Array.ConvertAll(_filters, f => Hdf5Filter.Of(f.Id));
        long count = _space.Count();
        if (count > long.MaxValue / _type.Type.Size)
            throw new InvalidDataException($"the shape ({string.Join(", ", _space.Shape)}) has too many elements");
        _bytes = count * _type.Type.Size;
        Refusal = FindRefusal(header);
    }

    public IReadOnlyList<long> Shape => _space.Shape;

    public Hdf5Type Type => _type.Type;

    public Hdf5Layout Layout => _layout.Kind;

    public IReadOnlyList<long> ChunkShape => _layout.ChunkShape;

    public IReadOnlyList<Hdf5Filter> Filters { get; }

    public string? Refusal { get; }

    public void ReadRows(long first, long count, Span<byte> destination)
    {
        if (_layout.Kind == Hdf5Layout.Contiguous && _layout.Address >= 0)
        {
            _tree.ReadAt(_path, _layout.Address + (first * (destination.Length / count)), destination);
        }
        else
        {
            _tree.Guard(_path, destination, (bytes, budget) => ReadStored(first, count, bytes, budget));
        }

        if (_type.Type.IsBigEndian)
            NumberConversion.SwapBytes(destination, _type.Type.Size);
    }

    public string[] ReadStrings()
    {
        if (_bytes > Array.MaxLength)
            throw new Hdf5Exception($"{_tree.Path}: {_path} has {_bytes} bytes of strings, more than one array holds.");
        if (_bytes == 0)
            return [];
        var elements = new byte[_bytes];
        ReadRows(0, _space.Shape.Length == 0 ? 1 : _space.Shape[0], elements);
        return _tree.ReadStrings(_path, elements, _type);
    }

    private void ReadStored(long first, long count, Span<byte> destination, Budget budget)
    {
        switch (_layout.Kind)
        {
            case Hdf5Layout.Compact:
                _layout.Compact.AsSpan((int)(first * (destination.Length / count)), destination.Length).CopyTo(destination);
                break;
            case Hdf5Layout.Contiguous:
                ChunkedValues.Tile(_fill, destination);
                break;
            default:
                _chunks ??= new ChunkedValues(_tree.File, _layout, _space, _type.Type.Size, _filters, _fill, Allowed, budget);
                _chunks.ReadRows(first, count, destination, budget);
                break;
        }
    }

    /// <summary>The most bytes that this file can stand for in one dataset.</summary>
    private long Allowed => Math.Min(_tree.Options.MaxDatasetBytes, Math.Max(SmallBytes, _tree.File.Length * ChunkFilters.MaxExpansion(_filters)));

    private string? FindRefusal(ObjectHeader header)
    {
        if (_type.Type.Number is null && !_type.Type.IsString)
            return $"values of type {_type.Type} are not read";
        if (header.Has(MessageType.ExternalFiles))
            return "its values lie in other files, which are not opened";
        switch (_layout.Kind)
        {
            case Hdf5Layout.Virtual:
                return "its values lie in other datasets (virtual layout), which is not read";
            case Hdf5Layout.Compact when _layout.Compact.Length < _bytes:
                return $"it has {_bytes} bytes of values, but holds {_layout.Compact.Length}";
            case Hdf5Layout.Contiguous when _layout.Address >= 0 && (!_tree.File.Contains(_layout.Address, _bytes) || (_layout.Size >= 0 && _layout.Size < _bytes)):
                return $"its {_bytes} bytes of values lie outside of their place in the file";
            case Hdf5Layout.Chunked when ChunkFilters.Refusal(_filters) is { } refusal:
                return refusal;
            case not Hdf5Layout.Chunked when _filters.Length > 0:
                return "it has filters without chunks";
        }

        long limit = _layout.Kind == Hdf5Layout.Contiguous && _layout.Address >= 0 ? _tree.Options.MaxDatasetBytes : Allowed;
        return _bytes > limit ? $"it has {_bytes} bytes of values, more than the limit of {limit}" : null;
    }
}
