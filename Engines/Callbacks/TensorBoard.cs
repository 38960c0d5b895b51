using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace ConvNets.Engines;

/// <summary>
/// Writes the epochs' figures where TensorBoard reads them: event files in <c>train</c> and <c>validation</c> below a folder, with Keras's names <c>epoch_loss</c>, <c>epoch_accuracy</c>, …
/// </summary>
/// <param name="logFolder">The folder.</param>
/// <param name="everySteps">After how many steps the loss so far is written too, as <c>batch_loss</c>; null for never.</param>
public sealed class TensorBoard(string logFolder, int? everySteps = null) : Callback
{
    private readonly Dictionary<string, EventFile> _files = new(StringComparer.Ordinal);
    private readonly int? _everySteps = Checked.AtLeast(everySteps, 1);
    private long _steps;

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training)
    {
        _files.Clear();
        _steps = 0;
    }

    /// <inheritdoc/>
    public override void OnTrainBatchEnd(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (_everySteps is int every && _steps++ % every == 0)
            Of("train").Write(_steps - 1, [("batch_loss", training.Loss)]);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(logs);
        ILookup<bool, (string, double)> figures = logs.Where(log => log.Key != "learning_rate").Append(new KeyValuePair<string, double>("learning_rate", training.Model.LearningRate))
            .ToLookup(log => log.Key.StartsWith("val_", StringComparison.Ordinal), log => ($"epoch_{(log.Key.StartsWith("val_", StringComparison.Ordinal) ? log.Key[4..] : log.Key)}", log.Value));
        Of("train").Write(training.Epoch, figures[false]);
        if (figures[true].Any())
            Of("validation").Write(training.Epoch, figures[true]);
    }

    private EventFile Of(string run)
    {
        if (!_files.TryGetValue(run, out EventFile? file))
            _files[run] = file = new EventFile(Path.Combine(logFolder, run));
        return file;
    }

    /// <summary>
    /// One file of events. Each is a record of TensorFlow's: its length, the length's checksum, its bytes, their checksum; the bytes are a message <c>Event</c> of
    /// tensorflow/core/util/event.proto. The file is closed after each write, so that a killed run leaves a whole one.
    /// </summary>
    private sealed class EventFile
    {
        private readonly string _path;

        public EventFile(string folder)
        {
            Directory.CreateDirectory(folder);
            _path = Path.Combine(folder, $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}.{Environment.MachineName}.{Environment.ProcessId}.{Guid.NewGuid():N}.v2");
            Append(Message(step: 0, Field(3, Encoding.UTF8.GetBytes("brain.Event:2"))));
        }

        public void Write(long step, IEnumerable<(string Name, double Value)> figures)
        {
            using var summary = new MemoryStream();
            foreach ((string name, double value) in figures)
            {
                byte[] number = new byte[5];
                number[0] = 2 << 3 | 5;
                BinaryPrimitives.WriteSingleLittleEndian(number.AsSpan(1), (float)value);
                summary.Write(Field(1, [.. Field(1, Encoding.UTF8.GetBytes(name)), .. number]));
            }
            Append(Message(step, Field(5, summary.ToArray())));
        }

        private static byte[] Message(long step, byte[] content)
        {
            byte[] time = new byte[9];
            time[0] = 1 << 3 | 1;
            BinaryPrimitives.WriteDoubleLittleEndian(time.AsSpan(1), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
            return [.. time, 2 << 3, .. Number((ulong)step), .. content];
        }

        /// <summary>A field of bytes: its number and wire type 2, the length, the bytes.</summary>
        private static byte[] Field(int number, byte[] bytes) => [(byte)(number << 3 | 2), .. Number((ulong)bytes.Length), .. bytes];

        /// <summary>Seven bits a byte, the lowest first, the eighth set but in the last.</summary>
        private static byte[] Number(ulong value)
        {
            var bytes = new List<byte>();
            for (; value >= 0x80; value >>= 7)
                bytes.Add((byte)(value | 0x80));
            return [.. bytes, (byte)value];
        }

        private void Append(byte[] message)
        {
            byte[] length = new byte[8], check = new byte[4];
            BinaryPrimitives.WriteInt64LittleEndian(length, message.Length);
            using var file = new FileStream(_path, FileMode.Append);
            file.Write(length);
            BinaryPrimitives.WriteUInt32LittleEndian(check, MaskedChecksum(length));
            file.Write(check);
            file.Write(message);
            BinaryPrimitives.WriteUInt32LittleEndian(check, MaskedChecksum(message));
            file.Write(check);
        }

        /// <summary>CRC-32C, turned and shifted as the record format asks.</summary>
        private static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
        {
            uint checksum = uint.MaxValue;
            foreach (byte value in bytes)
                checksum = BitOperations.Crc32C(checksum, value);
            return BitOperations.RotateRight(~checksum, 15) + 0xa282ead8;
        }
    }
}
