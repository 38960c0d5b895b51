using System.Collections;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms;

/// <summary>What ML.NET expects of every estimator: the promised schema is the delivered one, bad input fails at once, and what is loaded does what was saved.</summary>
internal static class EstimatorContract
{
    /// <param name="context">The context that saves and loads.</param>
    /// <param name="estimator">The estimator.</param>
    /// <param name="valid">Data that it takes.</param>
    /// <param name="invalid">Data that it must refuse, in <c>GetOutputSchema</c> as in <c>Fit</c>.</param>
    public static void Check(MLContext context, IEstimator<ITransformer> estimator, IDataView valid, params IReadOnlyList<IDataView> invalid)
    {
        ITransformer transformer = CheckSchemas(estimator, valid, invalid);
        IDataView delivered = transformer.Transform(valid);
        using var stream = new MemoryStream();
        context.Model.Save(transformer, valid.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = context.Model.Load(stream, out DataViewSchema inputSchema);
        Assert.AreEqual(Describe(valid.Schema), Describe(inputSchema), "saved input schema");
        IDataView reloaded = loaded.Transform(valid);
        Assert.AreEqual(Describe(delivered.Schema), Describe(reloaded.Schema), "schema before and after saving");
        AssertSameRows(delivered, reloaded);
        (loaded as IDisposable)?.Dispose();
    }

    /// <summary>The part of the contract before saving, for an estimator whose label step is left out of a saved model on purpose.</summary>
    public static ITransformer CheckSchemas(IEstimator<ITransformer> estimator, IDataView valid, params IReadOnlyList<IDataView> invalid)
    {
        SchemaShape promised = estimator.GetOutputSchema(Shape(valid));
        ITransformer transformer = estimator.Fit(valid);
        IDataView delivered = transformer.Transform(valid);
        Assert.AreEqual(Describe(promised), Describe(Shape(delivered)), "promised and delivered schema");
        Assert.AreEqual(Describe(delivered.Schema), Describe(transformer.GetOutputSchema(valid.Schema)), "schema of Transform and of GetOutputSchema");
        Assert.IsTrue(transformer.IsRowToRowMapper);
        Assert.AreEqual(Describe(delivered.Schema), Describe(transformer.GetRowToRowMapper(valid.Schema).OutputSchema), "schema of Transform and of the row mapper");

        foreach (IDataView bad in invalid)
        {
            SchemaShape shape = Shape(bad);
            Exception early = Catch(() => estimator.GetOutputSchema(shape)) ?? throw new AssertFailedException($"GetOutputSchema takes {Describe(bad.Schema)}");
            Exception late = Catch(() => estimator.Fit(bad)) ?? throw new AssertFailedException($"Fit takes {Describe(bad.Schema)}");
            Assert.AreEqual(early.GetType(), late.GetType(), $"{early.Message} / {late.Message}");
        }
        return transformer;
    }

    /// <summary>The rows of two views are the same, floats within 1e-5.</summary>
    public static void AssertSameRows(IDataView expected, IDataView actual)
    {
        string[] columns = [.. expected.Schema.Where(c => !c.IsHidden).Select(c => c.Name)];
        List<object[]> rows = Rows(expected, columns);
        List<object[]> others = Rows(actual, columns);
        Assert.AreEqual(rows.Count, others.Count, "rows");
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < columns.Length; column++)
                AssertSame(rows[row][column], others[row][column], $"{columns[column]}, row {row}");
        }
    }

    /// <summary>Columns with their types and annotations, those of names and keys with their values.</summary>
    public static string Describe(DataViewSchema schema) => string.Join("\n", schema.Where(c => !c.IsHidden).Select(c =>
        $"{c.Name}: {c.Type} [{string.Join(", ", c.Annotations.Schema.Select(a => Describe(c.Annotations, a)).Order(StringComparer.Ordinal))}]"));

    /// <summary>What a schema promises, which only a chain of estimators can tell.</summary>
    public static SchemaShape Shape(IDataView data)
    {
        var spy = new Spy();
        Assert.ThrowsExactly<OperationCanceledException>(() => spy.Append(spy).Fit(data));
        return spy.Shape!;
    }

    private static string Describe(SchemaShape shape)
    {
        // A later column hides an earlier one of the same name.
        IEnumerable<SchemaShape.Column> visible = shape.GroupBy(c => c.Name, StringComparer.Ordinal).Select(g => g.Last()).OrderBy(c => c.Name, StringComparer.Ordinal);
        return string.Join("\n", visible.Select(c =>
            $"{c.Name}: {c.Kind} {c.ItemType} {c.IsKey} [{string.Join(", ", c.Annotations.Select(a => $"{a.Name}: {a.Kind} {a.ItemType} {a.IsKey}").Order(StringComparer.Ordinal))}]"));
    }

    private static string Describe(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        if (annotation.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return $"{annotation.Name}: {annotation.Type}";
        VBuffer<ReadOnlyMemory<char>> texts = default;
        annotations.GetValue(annotation.Name, ref texts);
        return $"{annotation.Name}: {string.Join("|", texts.DenseValues())}";
    }

    private static List<object[]> Rows(IDataView view, string[] columns) =>
        [.. view.Preview(maxRows: 1000).RowView.Select(row => columns.Select(name => Plain(row.Values.Last(v => v.Key == name).Value)).ToArray())];

    private static object Plain(object value) => value switch
    {
        VBuffer<float> floats => floats.DenseValues().ToArray(),
        VBuffer<byte> bytes => bytes.DenseValues().ToArray(),
        _ => value,
    };

    private static void AssertSame(object expected, object actual, string where)
    {
        if (expected is float[] floats)
        {
            float[] others = (float[])actual;
            Assert.HasCount(floats.Length, others, where);
            for (int i = 0; i < floats.Length; i++)
                Assert.AreEqual(floats[i], others[i], 1e-5f, $"{where}, place {i}");
        }
        else if (expected is float number)
            Assert.AreEqual(number, (float)actual, 1e-5f, where);
        else if (expected is ICollection values)
            CollectionAssert.AreEqual(values, (ICollection)actual, where);
        else
            Assert.AreEqual(expected.ToString(), actual.ToString(), where);
    }

    private static Exception? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private sealed class Spy : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            Shape = inputSchema;
            throw new OperationCanceledException();
        }

        public ITransformer Fit(IDataView input) => throw new OperationCanceledException();
    }
}
