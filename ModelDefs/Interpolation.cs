namespace ConvNets.ModelDefs;

/// <summary>How values between pixels are found.</summary>
public enum Interpolation
{
    /// <summary>The nearest pixel's.</summary>
    Nearest,

    /// <summary>The four nearest pixels', weighted by nearness.</summary>
    Bilinear,
}

/// <summary>What lies outside an image that is moved, turned or scaled.</summary>
public enum FillMode
{
    /// <summary>The image mirrored at its border, the border pixel twice: d c b a | a b c d | d c b a.</summary>
    Reflect,

    /// <summary>The image repeated: a b c d | a b c d | a b c d.</summary>
    Wrap,

    /// <summary>One value.</summary>
    Constant,

    /// <summary>The border pixel: a a a a | a b c d | d d d d.</summary>
    Nearest,
}
