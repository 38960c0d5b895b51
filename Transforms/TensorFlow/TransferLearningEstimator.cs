using ConvNets.Engines;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Vision;

namespace ConvNets.Transforms;

/// <summary>Transfer learning with <see cref="ImageClassificationTrainer"/>: labels to keys, images encoded as it takes them, the trainer.</summary>
public sealed class TransferLearningEstimator : IEstimator<ITransformer>
{
    private const string EncodedColumn = "EncodedImage";
    private const ImageClassificationTrainer.Architecture Network = ImageClassificationTrainer.Architecture.ResnetV250;

    private readonly MLContext _context;
    private readonly int _epochs;
    private readonly string? _workspacePath;
    private readonly string _labelColumnName;
    private readonly string _imageColumnName;

    internal TransferLearningEstimator(MLContext context, int epochs, string? workspacePath, string labelColumnName, string imageColumnName) =>
        (_context, _epochs, _workspacePath, _labelColumnName, _imageColumnName) = (context, epochs, workspacePath, labelColumnName, imageColumnName);

    /// <summary>Trains.</summary>
    /// <param name="input">Images and labels.</param>
    /// <exception cref="ColumnException">A column is absent or of another type.</exception>
    /// <exception cref="TrainingException">The pretrained network cannot be had, or Microsoft.ML.Vision fails; the message holds what it said.</exception>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        string workspace = _workspacePath ?? Directory.CreateTempSubdirectory("convnets-vision-").FullName;
        try
        {
            Directory.CreateDirectory(workspace);
            EstimatorChain<CustomMappingTransformer<Pixels, Encoded>> steps = _context.Transforms.LabelToKey(_labelColumnName, scope: TransformerScope.Everything).Append(Encoding(ColumnFacts.Find(input.Schema, _imageColumnName)));
            TransformerChain<CustomMappingTransformer<Pixels, Encoded>> prepared = steps.Fit(input);
            using ImageClassificationTrainer trainer = _context.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options
            {
                LabelColumnName = _labelColumnName,
                FeatureColumnName = EncodedColumn,
                Arch = Network,
                Epoch = _epochs,
                WorkspacePath = workspace,
                TestOnTrainSet = false,
            });
            return new TransformerChain<ITransformer>(prepared, trainer.Fit(prepared.Transform(input)));
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or ColumnException))
        {
            throw new TrainingException($"Microsoft.ML.Vision cannot train on its pretrained network {Network}: {exception.GetBaseException().Message.Trim()} It downloads the network's description at the first use: "
                + $"that needs a connection, or the file in the workspace folder {workspace}; and it needs TensorFlow's native library where the system looks for libraries.", exception);
        }
        finally
        {
            if (_workspacePath is null)
                Directory.Delete(workspace, recursive: true);
        }
    }

    /// <summary>The schema that the model will deliver.</summary>
    /// <exception cref="ColumnException">A column is absent.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ColumnFacts.Of(inputSchema, _imageColumnName).RequirePixels();
        SchemaShape schema = _context.Transforms.LabelToKey(_labelColumnName).GetOutputSchema(inputSchema);
        return ScoringTask.Multiclass.Promise(schema, schema.Last(column => column.Name == _labelColumnName), new ScoreColumns("Score", "PredictedLabel"));
    }

    private CustomMappingEstimator<Pixels, Encoded> Encoding(DataViewSchema.Column image)
    {
        if (image.Type is not VectorDataViewType { ItemType: NumberDataViewType { RawType: { } raw }, Dimensions: [int height, int width, 3] } || raw != typeof(byte))
            throw new ColumnException(image.Name, $"found {image.Type}; expected a vector of Byte, height × width × 3.");
        var from = SchemaDefinition.Create(typeof(Pixels));
        from[nameof(Pixels.Values)].ColumnName = image.Name;
        from[nameof(Pixels.Values)].ColumnType = image.Type;
        var to = SchemaDefinition.Create(typeof(Encoded));
        to[nameof(Encoded.Bytes)].ColumnName = EncodedColumn;
        return _context.Transforms.CustomMapping<Pixels, Encoded>((pixels, encoded) => encoded.Bytes = EncodedImage.Of(pixels.Values, width, height), contractName: null, from, to);
    }

    private sealed class Pixels
    {
        public VBuffer<byte> Values { get; set; }
    }

    private sealed class Encoded
    {
        public VBuffer<byte> Bytes { get; set; }
    }
}
