using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

/// <summary>Whatever is done to a file, reading it ends with values or with <see cref="Hdf5Exception"/>, soon and in bounded memory.</summary>
[TestClass]
public sealed class Hdf5DamageTests
{
    private const long MaxAllocation = 256 << 20;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.h5");

    [TestCleanup]
    public void Delete() => File.Delete(_path);

    [TestMethod]
    [DataRow("old.h5")]
    [DataRow("new.h5")]
    public void ATruncatedFileIsRefused(string name)
    {
        byte[] content = File.ReadAllBytes(Hdf5FileTests.FileNamed(name));
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            int length = i < 100 ? i : random.Next(content.Length);
            File.WriteAllBytes(_path, content[..length]);
            Assert.ThrowsExactly<Hdf5Exception>(() => Hdf5File.Open(_path), $"{length} bytes");
        }
    }

    [TestMethod]
    [DataRow("old.h5", 1)]
    [DataRow("old.h5", 40)]
    [DataRow("new.h5", 1)]
    [DataRow("new.h5", 40)]
    public void FlippedBytesNeverBreakTheReader(string name, int flips)
    {
        byte[] content = File.ReadAllBytes(Hdf5FileTests.FileNamed(name));
        var random = new Random(flips);
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = [.. content];
            for (int f = 0; f < flips; f++)
            {
                // Values that structures break at: all bits, none, one more, one less.
                int at = random.Next(damaged.Length);
                damaged[at] = random.Next(5) switch { 0 => 0, 1 => 0xFF, 2 => (byte)(damaged[at] + 1), 3 => (byte)(damaged[at] - 1), _ => (byte)random.Next(256) };
            }

            File.WriteAllBytes(_path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Hdf5Reading.All(_path);
            }
            catch (Exception e) when (e is not Hdf5Exception)
            {
                Assert.Fail($"round {i}: {e}");
            }
            catch (Hdf5Exception)
            {
                // Refused as a whole.
            }

            Assert.IsLessThan(MaxAllocation, GC.GetAllocatedBytesForCurrentThread() - before, $"round {i}");
        }
    }
}
