// The course "Convolutional Neural Networks: Application", step by step.
//
//   dotnet run samples/course.cs
//   dotnet run samples/course.cs -- train_happy.h5 test_happy.h5 train_signs.h5 test_signs.h5
//
// Without files it works on images that it generates. Pictures and plots go to the folder output/course.
#:project ../Pipelines

using ConvNets.Data;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines;
using Microsoft.ML;

string folder = Directory.CreateDirectory(Path.Combine("output", "course")).FullName;
if (args.Length is not (0 or 4))
{
    Console.Error.WriteLine("Expected no files, or four: train_happy.h5 test_happy.h5 train_signs.h5 test_signs.h5");
    return 2;
}

// ---- 1. The Happy House: is this face smiling? ----------------------------------------------------------------------
(ImageDataset happyTrain, ImageDataset happyTest) = args.Length == 0 ? GeneratedData.Happy() : (Load(args[0], "train"), Load(args[1], "test"));

// Images are divided by 255; a label is one number an image.
Tensor xTrain = Scale(happyTrain), yTrain = Column(happyTrain.Labels), xTest = Scale(happyTest), yTest = Column(happyTest.Labels);
PrintShapes(xTrain, yTrain, xTest, yTest);
ShowImage(happyTrain, 125, "happy-125.png");

// ---- 2. Sequential: layers in order, like a list --------------------------------------------------------------------
Sequential HappyModel() => new(
[
    // Three rows and columns of zeros around the image (64, 64, 3), so that a 7x7 window has as many places as the image pixels.
    new ZeroPadding2D(3) { InputShape = [64, 64, 3] },
    new Conv2D(32, 7, strides: 1),
    new BatchNormalization(axis: 3),
    new ReLU(),
    new MaxPooling2D(),
    new Flatten(),
    new Dense(1, ActivationFunction.Sigmoid),
]);

Sequential happyModel = HappyModel();
UnitTest(happyModel,
[
    "['ZeroPadding2D', (None, 70, 70, 3), 0, ((3, 3), (3, 3))]",
    "['Conv2D', (None, 64, 64, 32), 4736, 'valid', 'linear', 'GlorotUniform']",
    "['BatchNormalization', (None, 64, 64, 32), 128]",
    "['ReLU', (None, 64, 64, 32), 0]",
    "['MaxPooling2D', (None, 32, 32, 32), 0, (2, 2), (2, 2), 'valid']",
    "['Flatten', (None, 32768), 0]",
    "['Dense', (None, 1), 32769, 'sigmoid']",
]);

// ---- 3. Compile, and the summary ------------------------------------------------------------------------------------
using CompiledModel happy = happyModel.Compile("adam", "binary_crossentropy", "accuracy");
Console.WriteLine(happyModel.Summary());

// ---- 4. Train and evaluate ------------------------------------------------------------------------------------------
happy.Fit(xTrain, yTrain, new FitOptions { Epochs = 10, BatchSize = 16, Callbacks = [new ProgressPrinter(Console.Out)] });
IReadOnlyDictionary<string, double> evaluation = happy.Evaluate(xTest, yTest);
Console.WriteLine($"[{evaluation["loss"]}, {evaluation["accuracy"]}]");

// ---- 5. SIGNS: which number does the hand show? ---------------------------------------------------------------------
(ImageDataset signsTrain, ImageDataset signsTest) = args.Length == 0 ? GeneratedData.Signs() : (Load(args[2], "train"), Load(args[3], "test"));
ShowImage(signsTrain, 9, "signs-9.png");

// A label becomes a row of six numbers, 1 at the place of its class (one-hot).
Tensor signsX = Scale(signsTrain), signsY = OneHot(signsTrain.Labels, 6), signsXTest = Scale(signsTest), signsYTest = OneHot(signsTest.Labels, 6);
PrintShapes(signsX, signsY, signsXTest, signsYTest);

// ---- 6. The functional form: a graph of layers called on tensors ----------------------------------------------------
Model ConvolutionalModel(TensorShape inputShape)
{
    KerasTensor input = new InputLayer(inputShape).Output;
    KerasTensor z1 = new Conv2D(8, 4, padding: Padding.Same).Call(input);
    KerasTensor a1 = new ReLU().Call(z1);
    KerasTensor p1 = new MaxPooling2D(8, strides: 8, padding: Padding.Same).Call(a1);
    KerasTensor z2 = new Conv2D(16, 2, padding: Padding.Same).Call(p1);
    KerasTensor a2 = new ReLU().Call(z2);
    KerasTensor p2 = new MaxPooling2D(4, strides: 4, padding: Padding.Same).Call(a2);
    KerasTensor f = new Flatten().Call(p2);
    return new Model(input, new Dense(6, ActivationFunction.Softmax).Call(f));
}

Model signsModel = ConvolutionalModel([64, 64, 3]);
UnitTest(signsModel,
[
    "['InputLayer', [(None, 64, 64, 3)], 0]",
    "['Conv2D', (None, 64, 64, 8), 392, 'same', 'linear', 'GlorotUniform']",
    "['ReLU', (None, 64, 64, 8), 0]",
    "['MaxPooling2D', (None, 8, 8, 8), 0, (8, 8), (8, 8), 'same']",
    "['Conv2D', (None, 8, 8, 16), 528, 'same', 'linear', 'GlorotUniform']",
    "['ReLU', (None, 8, 8, 16), 0]",
    "['MaxPooling2D', (None, 2, 2, 16), 0, (4, 4), (4, 4), 'same']",
    "['Flatten', (None, 64), 0]",
    "['Dense', (None, 6), 390, 'softmax']",
]);
using CompiledModel signs = signsModel.Compile("adam", "categorical_crossentropy", "accuracy");
Console.WriteLine(signsModel.Summary());

// ---- 7. Train on batches of 64 in order, with validation after each epoch -------------------------------------------
History history = signs.Fit(signsX, signsY, new FitOptions
{
    Epochs = 100,
    BatchSize = 64,
    Shuffle = false,
    ValidationData = Dataset.FromTensors(signsXTest, signsYTest),
    Callbacks = [new ProgressPrinter(Console.Out)],
});

// ---- 8. The history: a dictionary of lists, a data frame, and two plots ---------------------------------------------
foreach ((string name, IReadOnlyList<double> values) in history.ToDictionary())
    Console.WriteLine($"'{name}': [{string.Join(", ", values.Select(v => $"{v:0.0000}"))}]");

IDataView frame = history.ToDataView(new MLContext(seed: 1));
Console.WriteLine(string.Join("  ", frame.Schema.Select(column => column.Name)));
foreach (var row in frame.Preview(maxRows: 5).RowView)
    Console.WriteLine(string.Join("  ", row.Values.Select(cell => $"{cell.Value:0.####}")));

foreach (string plot in HistoryPlots.Save(history, folder))
    Console.WriteLine($"plot: {plot}");
return 0;

static ImageDataset Load(string path, string split) => ImageDataset.LoadHdf5(path, Hdf5Splits.Image(split), Hdf5Splits.Label(split));

static Tensor Scale(ImageDataset data) => Tensor.FromBytes(data.Images, [data.Height, data.Width, data.Channels], divisor: 255);

static Tensor Column(long[] labels) => new(Array.ConvertAll(labels, label => (float)label), [1]);

static Tensor OneHot(long[] labels, int classes)
{
    float[] values = new float[labels.Length * classes];
    for (int i = 0; i < labels.Length; i++)
        values[i * classes + labels[i]] = 1;
    return new Tensor(values, [classes]);
}

static void PrintShapes(Tensor xTrain, Tensor yTrain, Tensor xTest, Tensor yTest)
{
    Console.WriteLine($"number of training examples = {xTrain.Count}");
    Console.WriteLine($"number of test examples = {xTest.Count}");
    Console.WriteLine($"X_train shape: {xTrain}");
    Console.WriteLine($"Y_train shape: {yTrain}");
    Console.WriteLine($"X_test shape: {xTest}");
    Console.WriteLine($"Y_test shape: {yTest}");
}

void ShowImage(ImageDataset data, int index, string name)
{
    string path = Path.Combine(folder, name);
    ImageFile.SavePng(path, data.Image(index), data.Height, data.Width);
    Console.WriteLine($"y = {data.Labels[index]} ({path})");
}

// The course's unit test: a list a layer, compared with the expected lists.
static void UnitTest(Model model, IReadOnlyList<LayerDescriptor> expected)
{
    IReadOnlyList<LayerDescriptor> found = model.LayerDescriptors();
    foreach (LayerDescriptor layer in found)
        Console.WriteLine(layer);
    Console.WriteLine(Comparator.Compare(found, expected));
}
