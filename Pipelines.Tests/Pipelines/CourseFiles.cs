using ConvNets.Data;
using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Pipelines;

/// <summary>Small HDF5 files in the course's schema.</summary>
internal static class CourseFiles
{
    /// <summary>Writes one split of a data set.</summary>
    public static string Write(TemporaryFolder folder, string split, ImageDataset data)
    {
        string path = folder.File($"{split}.h5");
        data.SaveHdf5(path, split);
        return path;
    }

    /// <summary>Writes a training and a test file of generated hands.</summary>
    public static (string Train, string Test) Signs(TemporaryFolder folder, int train = 48, int test = 24)
    {
        (ImageDataset trainImages, ImageDataset testImages) = GeneratedData.Signs(train, test);
        return (Write(folder, "train", trainImages), Write(folder, "test", testImages));
    }

    /// <summary>Writes a training and a test file of generated faces.</summary>
    public static (string Train, string Test) Happy(TemporaryFolder folder, int train = 32, int test = 16)
    {
        (ImageDataset trainImages, ImageDataset testImages) = GeneratedData.Happy(train, test);
        return (Write(folder, "train", trainImages), Write(folder, "test", testImages));
    }

    /// <summary>Writes a file with any content.</summary>
    public static string Write(TemporaryFolder folder, string name, Action<Hdf5GroupBuilder> fill)
    {
        string path = folder.File(name);
        var root = new Hdf5GroupBuilder();
        fill(root);
        Hdf5Writer.Write(path, root);
        return path;
    }
}
