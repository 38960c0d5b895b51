using System.Reflection;
using NetArchTest.Rules;

namespace ConvNets.Pipelines.Tests;

/// <summary>The rooms of the project, and that arrows between them point one way only.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    private const string ModelDefs = "ConvNets.ModelDefs", Engines = "ConvNets.Engines", Hdf5 = "ConvNets.Data.Hdf5", Data = "ConvNets.Data";
    private const string Formats = "ConvNets.Formats", Transforms = "ConvNets.Transforms", Program = "convnets";

    private static readonly string[] Rooms = [ModelDefs, Engines, Hdf5, Data, Formats, Transforms, Program];

    [TestMethod]
    [DataRow(ModelDefs)]
    [DataRow(Engines, ModelDefs)]
    [DataRow(Hdf5)]
    [DataRow(Data, Hdf5)]
    [DataRow(Formats, ModelDefs, Hdf5)]
    [DataRow(Transforms, ModelDefs, Engines, Hdf5, Data, Formats)]
    public void ARoomUsesOnlyTheRoomsThatItMayUse(string room, params string[] mayUse)
    {
        foreach (string other in Rooms.Except([room, .. mayUse], StringComparer.Ordinal))
            AssertNone(Users(room, TypesOf(other)), $"{room} must not use {other}");
    }

    [TestMethod]
    [DataRow(ModelDefs)]
    [DataRow(Engines)]
    [DataRow(Hdf5)]
    [DataRow(Formats)]
    public void DescriptionEnginesAndFormatsDoNotNeedMLNet(string room) => AssertNone(Users(room, ["Microsoft.ML"]), $"{room} must not use ML.NET");

    [TestMethod]
    [DataRow(ModelDefs)]
    [DataRow(Engines)]
    [DataRow(Data)]
    [DataRow(Formats)]
    [DataRow(Transforms)]
    [DataRow(Program)]
    public void OnlyOneRoomTouchesPureHdf(string room) => AssertNone(Users(room, ["PureHDF"]), $"{room} must not use PureHDF");

    [TestMethod]
    public void ADescriptionDoesNoInputOrOutput() => AssertNone(Users(ModelDefs, ["System.IO.File", "System.IO.Stream", "System.Net", "System.Console"]), $"{ModelDefs} does no I/O");

    [TestMethod]
    public void ADependencyThatIsThereIsSeen()
    {
        Assert.IsNotEmpty(Users(Formats, TypesOf(ModelDefs)));
        Assert.IsNotEmpty(Users(Hdf5, ["PureHDF"]));
    }

    private static string[] Users(string room, string[] dependencies) => dependencies.Length == 0
        ? []
        : [.. Types.InAssembly(Assembly.Load(room)).That().HaveDependencyOnAny(dependencies).GetTypes().Select(t => t.FullName!)];

    /// <summary>The types written there; those that compilers add have the same names in several assemblies.</summary>
    private static string[] TypesOf(string room) =>
        [.. Assembly.Load(room).GetTypes().Where(t => !t.IsNested && (t.IsPublic || t.FullName!.StartsWith("ConvNets.", StringComparison.Ordinal))).Select(t => t.FullName!)];

    private static void AssertNone(string[] users, string rule) => Assert.IsEmpty(users, $"{rule}: {string.Join(", ", users)}");
}
