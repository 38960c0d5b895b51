using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNets.Transforms;

/// <summary>
/// The members of ML.NET that are not public and that this room uses: nothing public gives the environment behind a catalog, which <c>MLContext.Log</c> hears.
/// Overloads that take an <see cref="MLContext"/> do without.
/// </summary>
internal static class MLNetInternals
{
    /// <summary>The environment behind a catalog of trainers.</summary>
    public static IHostEnvironment Environment(TrainCatalogBase.CatalogInstantiatorBase trainers)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return Environment(Owner(trainers));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Owner")]
    private static extern TrainCatalogBase Owner(TrainCatalogBase.CatalogInstantiatorBase trainers);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Environment")]
    private static extern IHostEnvironment Environment(TrainCatalogBase catalog);
}
