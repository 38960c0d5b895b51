using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Data.Views;

/// <summary>
/// Goes through every <paramref name="step"/>th block from <paramref name="first"/> on. <see cref="Batch"/> is the block's place in
/// the order, so that ML.NET can put the rows of several cursors back into it. Images of a block are read when the first of them is
/// asked for.
/// </summary>
internal sealed class ImageCursor(ImageDataView view, bool[] active, SharedReader? reader, BlockOrder order, int first, int step)
    : DataViewRowCursor
{
    private byte[]? _pixels;
    private int _pixelsBlock = -1;
    private int _block = first - step;
    private int _blockFirst;
    private int _blockEnd;
    private int _place = -1;
    private long _position = -1;
    private bool _disposed;

    public override DataViewSchema Schema => view.Schema;

    public override long Position => _position;

    public override long Batch => _block;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[view.Find(column).Index];

    public override bool MoveNext()
    {
        if (_disposed || _block >= order.BlockCount)
            return false;
        if (++_place >= _blockEnd)
        {
            _block += step;
            if (_block >= order.BlockCount)
            {
                _position = -1;
                return false;
            }

            (_blockFirst, _blockEnd) = order.Block(_block);
            _place = _blockFirst;
        }

        _position++;
        return true;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw new ArgumentException($"The column {column.Name} was not asked for when the cursor was made.", nameof(column));
        Delegate getter = column.Name == ImageDataView.ImageColumn ? (ValueGetter<VBuffer<byte>>)GetImage : (ValueGetter<long>)GetLabel;
        return getter as ValueGetter<TValue>
            ?? throw new ArgumentException(
                $"The column {column.Name} has values of type {column.Type.RawType}, not {typeof(TValue)}.", nameof(column));
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => GetId;

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _position = -1;
            reader?.Release();
        }

        base.Dispose(disposing);
    }

    private int Row => _position >= 0
        ? order.Row(_place)
        : throw new InvalidOperationException("The cursor is not on a row: MoveNext has not been called, or returned false.");

    private void GetId(ref DataViewRowId value) => value = new DataViewRowId((ulong)Row, 0);

    private void GetLabel(ref long value) => value = view.Source.Labels[Row];

    private void GetImage(ref VBuffer<byte> value)
    {
        _ = Row;
        if (_pixelsBlock != _block)
            ReadBlock();
        VBufferEditor<byte> editor = VBufferEditor.Create(ref value, view.ImageSize);
        _pixels.AsSpan((_place - _blockFirst) * view.ImageSize, view.ImageSize).CopyTo(editor.Values);
        value = editor.Commit();
    }

    private void ReadBlock()
    {
        int count = _blockEnd - _blockFirst;
        _pixels ??= new byte[count * view.ImageSize];
        if (view.Source.IsMadeOnReading)
        {
            try
            {
                Parallel.For(0, count, ReadImage);
            }
            catch (AggregateException e)
            {
                ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            }
        }
        else if (order.IsSequential)
        {
            reader!.Reader.Read(_blockFirst, count, _pixels.AsSpan(0, count * view.ImageSize));
        }
        else
        {
            for (int i = 0; i < count; i++)
                ReadImage(i);
        }

        _pixelsBlock = _block;
    }

    private void ReadImage(int place) =>
        reader!.Reader.Read(order.Row(_blockFirst + place), 1, _pixels.AsSpan(place * view.ImageSize, view.ImageSize));
}
