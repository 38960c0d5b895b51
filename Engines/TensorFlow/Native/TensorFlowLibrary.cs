using System.Reflection;
using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>Finds TensorFlow's native library, once a process.</summary>
internal static unsafe partial class TensorFlowLibrary
{
    /// <summary>Names a folder with the library; comes first, so that a build of one's own can take the place of what is installed.</summary>
    public const string Variable = "CONVNETS_TENSORFLOW";

    private static readonly Version Oldest = new(2, 10);
    private static readonly Lock Loading = new();
    private static nint _library;

    /// <summary>TensorFlow's version, e.g. 2.16.2.</summary>
    /// <exception cref="TensorFlowException">The library is not found.</exception>
    public static string Version
    {
        get
        {
            Load();
            return Marshal.PtrToStringUTF8((nint)TensorFlowApi.TF_Version())!;
        }
    }

    /// <summary>Finds and loads the library, unless that is done.</summary>
    /// <exception cref="TensorFlowException">It is not found, or does not suit.</exception>
    public static void Load()
    {
        if (Volatile.Read(ref _library) != 0)
            return;
        lock (Loading)
        {
            if (_library != 0)
                return;
            QuietLog();
            nint library = Find(Environment.GetEnvironmentVariable(Variable), TensorFlowApi.Library);
            CheckVersion(VersionOf(library));
            NativeLibrary.SetDllImportResolver(typeof(TensorFlowApi).Assembly, static (name, _, _) => name == TensorFlowApi.Library ? _library : 0);
            Volatile.Write(ref _library, library);
        }
    }

    /// <summary>Looks in a folder if one is named; else where .NET keeps the native files of packages, and where the system keeps libraries.</summary>
    /// <param name="folder">The folder that <see cref="Variable"/> names; null or empty for none.</param>
    /// <param name="name">The library's name without prefix and extension.</param>
    /// <returns>The loaded library.</returns>
    public static nint Find(string? folder, string name)
    {
        string[] files = OperatingSystem.IsWindows() ? [$"{name}.dll"] : OperatingSystem.IsMacOS() ? [$"lib{name}.2.dylib", $"lib{name}.dylib"] : [$"lib{name}.so.2", $"lib{name}.so"];
        if (!string.IsNullOrEmpty(folder))
        {
            string path = files.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
                ?? throw new TensorFlowException($"{Variable} names the folder {folder}, which does not hold {string.Join(" or ", files)}.");
            return NativeLibrary.TryLoad(path, out nint named) ? named : throw new TensorFlowException($"{path} cannot be loaded: {ReasonOf(path)}");
        }
        foreach (string file in files)
        {
            if (NativeLibrary.TryLoad(file, Assembly.GetExecutingAssembly(), null, out nint found))
                return found;
        }
        throw new TensorFlowException($"TensorFlow's native library ({string.Join(", ", files)}) was not found. Three ways lead to it: build with -p:TensorFlowPackages=true, which takes the package SciSharp.TensorFlow.Redist; " +
            $"set the environment variable {Variable} to the folder that holds it; or install it where the system looks for libraries. Or use the managed engine, which needs nothing native.");
    }

    /// <summary>What a library says its version is.</summary>
    /// <exception cref="TensorFlowException">It is not TensorFlow.</exception>
    public static string VersionOf(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, nameof(TensorFlowApi.TF_Version), out nint function))
            throw new TensorFlowException($"The library that was found as TensorFlow's has no function {nameof(TensorFlowApi.TF_Version)}: it is another one. Set {Variable} to the folder that holds TensorFlow's.");
        return Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)function)())!;
    }

    /// <exception cref="TensorFlowException">The version is too old.</exception>
    public static void CheckVersion(string version)
    {
        // Windows has GPU builds up to 2.10, and what is called here is older than that. 2.16 is what the engine is tested with.
        if (!System.Version.TryParse(version.Split('-')[0], out Version? found) || found < Oldest)
            throw new TensorFlowException($"TensorFlow {version} was found; the engine needs {Oldest} or later, and is tested with 2.16.");
    }

    private static string ReasonOf(string path)
    {
        try
        {
            NativeLibrary.Load(path);
            return "no reason was given";
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message;
        }
    }

    /// <summary>Keeps TensorFlow's notes about processors and the like off standard error; who wants them sets the variable.</summary>
    private static void QuietLog()
    {
        if (!OperatingSystem.IsWindows())
            _ = SetNativeVariable("TF_CPP_MIN_LOG_LEVEL", "2", overwrite: 0);
    }

    // .NET keeps a copy of the environment of its own on Unix: what native code reads has to be set by libc.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);
}
