// Loads a saved model with ML.NET's own packages, scores images, and writes what it sees as JSON.
// Arguments: the .zip; a file of bytes, image after image; height; width; channels.
using System.Text.Json;
using ConvNets.StockReader;
using Microsoft.ML;
using Microsoft.ML.Data;

int[] shape = [.. args[2..].Select(int.Parse)];
byte[] bytes = File.ReadAllBytes(args[1]);
int size = shape.Aggregate((a, b) => a * b);

MLContext ml = new();
ITransformer model = ml.Model.Load(args[0], out DataViewSchema inputSchema);

var definition = SchemaDefinition.Create(typeof(Picture));
definition[nameof(Picture.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, shape);
IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(bytes.Chunk(size).Select(image => new Picture { Image = image }), definition));

DataViewSchema.Column predicted = scored.Schema["PredictedLabel"];
bool binary = predicted.Type is BooleanDataViewType;
string[] keyValues = binary ? [] : Texts(predicted, "KeyValues");
var result = new
{
    Columns = scored.Schema.Where(c => !c.IsHidden).Select(c => c.Name),
    Ours = AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name!).Where(name => name.StartsWith("ConvNets", StringComparison.Ordinal) && name != "ConvNets.StockReader"),
    InputSchema = inputSchema.Select(c => c.Name),
    Scores = binary ? scored.GetColumn<float>("Score").Select(s => new[] { s }) : scored.GetColumn<float[]>("Score"),
    Probabilities = binary ? scored.GetColumn<float>("Probability") : [],
    Predicted = binary ? scored.GetColumn<bool>("PredictedLabel").Select(p => p.ToString()) : scored.GetColumn<uint>("PredictedLabel").Select(key => keyValues[key - 1]),
    SlotNames = binary ? [] : Texts(scored.Schema["Score"], "SlotNames"),
};
Console.WriteLine(JsonSerializer.Serialize(result));

static string[] Texts(DataViewSchema.Column column, string annotation)
{
    VBuffer<ReadOnlyMemory<char>> texts = default;
    column.Annotations.GetValue(annotation, ref texts);
    return [.. texts.DenseValues().Select(t => t.ToString())];
}
