using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ConvNets.Pipelines.Tests.Formats.Onnx;

/// <summary>ONNX Runtime running one graph: the judge of what is exported.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;

    /// <summary>Loads a graph as it is written, without optimizations unless asked for.</summary>
    public OnnxSession(byte[] model, bool optimize = false)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = optimize ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        _session = new InferenceSession(model, options);
    }

    /// <summary>Name and shape of each input; −1 where a dimension is not fixed.</summary>
    public IReadOnlyDictionary<string, int[]> Inputs => _session.InputMetadata.ToDictionary(m => m.Key, m => m.Value.Dimensions);

    /// <summary>Name and shape of each output; −1 where a dimension is not fixed.</summary>
    public IReadOnlyDictionary<string, int[]> Outputs => _session.OutputMetadata.ToDictionary(m => m.Key, m => m.Value.Dimensions);

    /// <summary>Runs samples, a row each of the inputs' arrays.</summary>
    /// <returns>The values and the shape of each output.</returns>
    public (float[] Values, int[] Shape)[] Run<T>(int samples, params T[][] inputs)
    {
        var named = _session.InputNames.Zip(inputs, (name, values) =>
        {
            int[] shape = [.. _session.InputMetadata[name].Dimensions.Select(d => d < 0 ? samples : d)];
            return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(values, shape));
        }).ToArray();
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = _session.Run(named);
        return [.. results.Select(r => r.AsTensor<float>()).Select(t => (t.ToArray(), t.Dimensions.ToArray()))];
    }

    public void Dispose() => _session.Dispose();
}
