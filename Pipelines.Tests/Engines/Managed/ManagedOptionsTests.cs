using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>What the managed engine's options refuse, and what they are when nobody says.</summary>
[TestClass]
public sealed class ManagedOptionsTests
{
    [TestMethod]
    public void DefaultsAreThoseOfTheDocumentation()
    {
        var options = new ManagedOptions();
        Assert.AreEqual(Rounding.Fastest, options.Rounding);
        Assert.AreEqual(64L << 20, options.PatchCacheBytes);
        Assert.AreEqual(256L << 20, options.PixelCacheBytes);
        Assert.AreEqual("managed", Engine.ManagedWith(options).Name);
    }

    [TestMethod]
    public void OptionsOutOfRangeAreRefused()
    {
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Engine.ManagedWith(new ManagedOptions { PatchCacheBytes = -1 }));
        StringAssert.Contains(e.Message, "PatchCacheBytes must not be negative");
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Engine.ManagedWith(new ManagedOptions { PixelCacheBytes = -1 }));
        StringAssert.Contains(e.Message, "PixelCacheBytes must not be negative");
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Engine.ManagedWith(new ManagedOptions { Rounding = (Rounding)7 }));
        StringAssert.Contains(e.Message, "Fastest, TensorFlow");
        Assert.ThrowsExactly<ArgumentNullException>(() => Engine.ManagedWith(null!));
    }
}
