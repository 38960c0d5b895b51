using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Data.Views;

/// <summary>
/// <c>Image: Vector&lt;Byte, height, width, channels&gt;</c> and <c>Label: Int64</c> over a source of images, which are read in blocks
/// as cursors come to them.
/// </summary>
internal sealed class ImageDataView : IDataView
{
    public const string ImageColumn = "Image";
    public const string LabelColumn = "Label";

    /// <summary>
    /// Bytes of a block: large enough that a read costs more than what surrounds it, small enough that a block of each cursor stays in
    /// the cache.
    /// </summary>
    private const int BlockBytes = 1 << 20;

    private readonly int _rowsPerBlock;

    public ImageDataView(IImageSource source)
    {
        Source = source;
        ImageSize = source.Height * source.Width * source.Channels;
        _rowsPerBlock = Math.Max(BlockBytes / ImageSize, 1);

        DataViewSchema.Builder builder = new();
        builder.AddColumn(ImageColumn, new VectorDataViewType(NumberDataViewType.Byte, source.Height, source.Width, source.Channels));
        builder.AddColumn(LabelColumn, NumberDataViewType.Int64, ClassNamesAnnotation.Create(source.ClassNames));
        Schema = builder.ToSchema();
    }

    public IImageSource Source { get; }

    /// <summary>Bytes of one image.</summary>
    public int ImageSize { get; }

    public bool CanShuffle => true;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => Source.Labels.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        GetRowCursorSet(columnsNeeded, 1, rand)[0];

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
            active[Find(column).Index] = true;

        BlockOrder order = new(Source.Labels.Length, _rowsPerBlock, rand);
        int count = Math.Clamp(n, 1, order.BlockCount);
        SharedReader? reader = active[Schema[ImageColumn].Index] ? new SharedReader(Source.OpenReader(), count) : null;
        DataViewRowCursor[] cursors = new DataViewRowCursor[count];
        for (int i = 0; i < count; i++)
            cursors[i] = new ImageCursor(this, active, reader, order, first: i, step: count);
        return cursors;
    }

    /// <summary>The column of this schema that a caller names.</summary>
    /// <exception cref="ArgumentException">It is another schema's.</exception>
    public DataViewSchema.Column Find(DataViewSchema.Column column)
    {
        if (column.Index >= Schema.Count || Schema[column.Index].Name != column.Name)
            throw new ArgumentException($"Expected a column of {Schema}, found {column.Name} at {column.Index}.", nameof(column));
        return Schema[column.Index];
    }
}
