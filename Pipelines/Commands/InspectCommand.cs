using System.CommandLine;
using ConvNets.Data.Hdf5;
using ConvNets.Pipelines.Reports;

namespace ConvNets.Pipelines.Commands;

/// <summary><c>inspect F.h5</c>: the tree of an HDF5 file.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> file = new("file") { Description = "The HDF5 file", HelpName = "F.h5" };
        Option<bool> digest = new("--digest") { Description = "Show the SHA-256 of each numeric dataset's values (little-endian, row-major)" };
        Command command = new("inspect", "Show what an HDF5 file holds: groups, datasets, shapes, types, attributes, filters") { file, digest };
        command.SetWork(static () => ReportJson.Default.InspectReport, (arguments, screen, cancellationToken) =>
        {
            using Hdf5File opened = Hdf5File.Open(arguments.GetRequiredValue(file), new Hdf5ReadOptions { CancellationToken = cancellationToken });
            return new Hdf5Tree(screen, arguments.GetValue(digest)).Show(opened);
        });
        return command;
    }
}
