using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNets.Transforms;

/// <summary>
/// The members of ML.NET that are not public and that this room uses, in this file alone. Nothing public gives the environment behind a catalog, which
/// <c>MLContext.Log</c> hears (overloads that take an <see cref="MLContext"/> do without); nothing public puts a file of one's own into a saved model's .zip; and nothing public makes the promise of a column.
/// </summary>
internal static class MLNetInternals
{
    /// <summary>The environment behind a catalog of trainers.</summary>
    public static IHostEnvironment Environment(TrainCatalogBase.CatalogInstantiatorBase trainers)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return Environment(Owner(trainers));
    }

    /// <summary>Adds an entry to the folder that a transformer is saved in.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SaveBinaryStream")]
    public static extern void SaveBinaryStream(ModelSaveContext context, string name, Action<BinaryWriter> write);

    /// <summary>The promise of a schema.</summary>
    public static SchemaShape Shape(DataViewSchema schema) => Shape(null, schema);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    private static extern SchemaShape Shape(SchemaShape? type, DataViewSchema schema);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Owner")]
    private static extern TrainCatalogBase Owner(TrainCatalogBase.CatalogInstantiatorBase trainers);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Environment")]
    private static extern IHostEnvironment Environment(TrainCatalogBase catalog);
}
