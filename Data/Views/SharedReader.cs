namespace ConvNets.Data.Views;

/// <summary>One reader for all cursors of a set; the last one that is disposed closes it.</summary>
internal sealed class SharedReader(IImageReader reader, int users)
{
    private int _users = users;

    public IImageReader Reader => reader;

    /// <summary>To be called once by each user.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            reader.Dispose();
    }
}
