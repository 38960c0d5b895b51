using ConvNets.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>What the estimators of labels have in common: finding the classes, in the order of the labels' values.</summary>
public abstract class LabelEstimator : IEstimator<LabelTransformer>
{
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly int? _classes;
    private readonly TransformerScope _scope;

    private protected LabelEstimator(string outputColumnName, string? inputColumnName, int? classes, TransformerScope scope)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        if (classes is < 1)
            throw new ArgumentOutOfRangeException(nameof(classes), classes, "The number of classes must be at least 1.");
        (_outputColumnName, _inputColumnName, _classes, _scope) = (outputColumnName, inputColumnName ?? outputColumnName, classes, scope);
    }

    /// <summary>Finds the classes: the names of the label column's <see cref="ClassNamesAnnotation"/>, or as many as are asked for, or the values that there are.</summary>
    /// <exception cref="ColumnException">The column is absent or holds no labels, or its classes are not as many as are asked for.</exception>
    public LabelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column label = ColumnFacts.Find(input.Schema, _inputColumnName);
        var type = LabelType.Of(ColumnFacts.Of(label));
        IReadOnlyList<string> names = ClassNamesAnnotation.Get(label);
        if (names.Count > 0 && _classes is not null && _classes != names.Count)
            throw new ColumnException(label.Name, $"found the names of {names.Count} classes ({string.Join(", ", names)}); expected {_classes}.");
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            throw new ColumnException(label.Name, $"expected classes of different names, found {string.Join(", ", names)}.");

        LabelClasses classes = type.Classes(label, input, names, _classes);
        ITransformer mapping = Encode(classes.MapToKey(_outputColumnName, _inputColumnName), _outputColumnName).Fit(input);
        return new LabelTransformer(mapping, () => Encode(classes.MapToKeyByStock(new MLContext(0), _outputColumnName, _inputColumnName), _outputColumnName).Fit(RowsView.Empty(label.Name, label.Type)), _inputColumnName, _scope);
    }

    /// <summary>The schema that the fitted transformer will deliver.</summary>
    /// <exception cref="ColumnException">The column is absent or holds no labels.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var type = LabelType.Of(ColumnFacts.Of(inputSchema, _inputColumnName));
        return Encode(type.AnyClass.MapToKey(_outputColumnName, _inputColumnName), _outputColumnName).GetOutputSchema(inputSchema);
    }

    /// <summary>What becomes of the keys.</summary>
    private protected abstract IEstimator<ITransformer> Encode(IEstimator<ITransformer> toKey, string columnName);
}
