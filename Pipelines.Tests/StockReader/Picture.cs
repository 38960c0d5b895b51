namespace ConvNets.StockReader;

/// <summary>A row as an application has it: an image, and no label.</summary>
internal sealed class Picture
{
    public byte[] Image { get; set; } = [];
}
