namespace ConvNets.Data.Hdf5.Format;

/// <summary>The kinds of header messages that are read.</summary>
internal enum MessageType
{
    Nil = 0x00,
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    OldFillValue = 0x04,
    FillValue = 0x05,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    Unassigned = 0x09,
    FilterPipeline = 0x0B,
    Attribute = 0x0C,
    SharedMessageTable = 0x0F,
    Continuation = 0x10,
    SymbolTable = 0x11,
    DriverInfo = 0x14,
    AttributeInfo = 0x15,
    ReferenceCount = 0x16,
    Last = 0x18,
}

/// <summary>One message of an object header.</summary>
internal readonly record struct HeaderMessage(MessageType Type, byte Flags, ReadOnlyMemory<byte> Data)
{
    /// <summary>Whether the message stands elsewhere and <see cref="Data"/> only says where.</summary>
    public bool IsShared => (Flags & 2) != 0;

    /// <summary>Whether a reader that does not know the message's type must not read the object.</summary>
    public bool MustBeKnown => (Flags & 0x80) != 0;
}

/// <summary>The header of a group, dataset or named type: a list of messages.</summary>
internal sealed class ObjectHeader
{
    private ObjectHeader(List<HeaderMessage> messages) => Messages = messages;

    public IReadOnlyList<HeaderMessage> Messages { get; }

    /// <summary>The only message of a type, or null.</summary>
    /// <exception cref="InvalidDataException">There are several.</exception>
    public HeaderMessage? Single(MessageType type)
    {
        HeaderMessage? found = null;
        foreach (var message in Messages)
        {
            if (message.Type != type)
                continue;
            if (found is not null)
                throw new InvalidDataException($"the header has several {type} messages");
            found = message;
        }

        return found;
    }

    public bool Has(MessageType type) => Messages.Any(m => m.Type == type);

    /// <exception cref="InvalidDataException">There is no sound header.</exception>
    public static ObjectHeader Read(FileBytes file, long address, Budget budget)
    {
        Span<byte> start = stackalloc byte[16];
        file.Read(address, start);
        var reader = new HeaderReader(file, budget);
        if (start.StartsWith("OHDR"u8))
            reader.ReadNew(address, start);
        else
            reader.ReadOld(address, start);
        return new ObjectHeader(reader.Messages);
    }

    /// <summary>
    /// The content of a message, which may stand in another object's header (a named type).
    /// </summary>
    /// <exception cref="NotSupportedException">The message lies in the file's heap of shared messages.</exception>
    public static ReadOnlyMemory<byte> Resolve(FileBytes file, HeaderMessage message, Budget budget) =>
        message.IsShared ? ReadShared(file, message.Data.Span, message.Type, budget) : message.Data;

    /// <summary>Follows a reference to a message in another object's header.</summary>
    public static ReadOnlyMemory<byte> ReadShared(FileBytes file, ReadOnlySpan<byte> reference, MessageType type, Budget budget)
    {
        var cursor = new ByteCursor(reference, file);
        int version = cursor.U8();
        int kind = cursor.U8();
        if (version is < 1 or > 3)
            throw new InvalidDataException($"shared messages of version {version} are not known");
        if (version == 3 && kind == 1)
            throw new NotSupportedException("messages in the file's heap of shared messages are not read");
        if (version == 1)
            cursor.Skip(6 + file.LengthSize);
        var target = Read(file, cursor.Address(), budget).Single(type)
            ?? throw new InvalidDataException($"the shared {type} message is missing");
        return target.IsShared ? throw new InvalidDataException($"the shared {type} message refers to yet another one") : target.Data;
    }

    private sealed class HeaderReader(FileBytes file, Budget budget)
    {
        private readonly Queue<(long Address, long Length)> _continuations = new();
        private readonly HashSet<long> _seen = [];
        private long _bytes;

        public List<HeaderMessage> Messages { get; } = [];

        public void ReadOld(long address, ReadOnlySpan<byte> start)
        {
            var cursor = new ByteCursor(start, file);
            int version = cursor.U8();
            cursor.Skip(1);
            int count = cursor.U16();
            cursor.Skip(4);
            long size = cursor.U32();
            if (version != 1)
                throw new InvalidDataException($"no object header at address {address}");
            _continuations.Enqueue((address + 16, size));
            while (_continuations.TryDequeue(out var block))
            {
                var data = Enter(block.Address, block.Length);
                var messages = new ByteCursor(data, file);
                while (messages.Remaining >= 8 && Messages.Count < count)
                {
                    int type = messages.U16();
                    int length = messages.U16();
                    byte flags = messages.U8();
                    messages.Skip(3);
                    if (type == (int)MessageType.ReferenceCount)
                        throw new InvalidDataException("a header of version 1 counts its references in a message");
                    Add(type, flags, data.AsMemory(messages.Position), length);
                    messages.Skip(length);
                }
            }
        }

        public void ReadNew(long address, ReadOnlySpan<byte> start)
        {
            var cursor = new ByteCursor(start, file);
            cursor.Skip(4);
            int version = cursor.U8();
            int flags = cursor.U8();
            if (version != 2)
                throw new InvalidDataException($"object header version {version} at address {address} is not known");
            int prefix = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            int sizeBytes = 1 << (flags & 3);
            long size = new ByteCursor(file.Read(address + prefix, sizeBytes), file).Length(sizeBytes);
            prefix += sizeBytes;
            bool ordered = (flags & 4) != 0;
            if (!file.Contains(address, prefix) || size > file.Length)
                throw new InvalidDataException($"the object header at address {address} lies outside of the file");
            ReadMessages(address, prefix + size + 4, prefix, ordered, "OHDR"u8);
            while (_continuations.TryDequeue(out var block))
                ReadMessages(block.Address, block.Length, 4, ordered, "OCHK"u8);
        }

        private void ReadMessages(long address, long length, int prefix, bool ordered, ReadOnlySpan<byte> signature)
        {
            var data = Enter(address, length);
            FileBytes.RequireSignature(data, signature, address);
            Checksums.Require(data, "an object header", address);
            if (length < prefix + 4)
                throw new InvalidDataException($"the object header at address {address} is too short");
            var messages = new ByteCursor(data.AsSpan(0, data.Length - 4), file);
            messages.Skip(prefix);
            int head = ordered ? 6 : 4;
            // What is shorter than a message's head is a gap.
            while (messages.Remaining >= head)
            {
                int type = messages.U8();
                int size = messages.U16();
                byte flags = messages.U8();
                messages.Skip(head - 4);
                Add(type, flags, data.AsMemory(messages.Position), size);
                messages.Skip(size);
            }
        }

        private byte[] Enter(long address, long length)
        {
            budget.Check();
            // Each block once, and all together no longer than the file: a damaged header may refer to itself.
            if (!_seen.Add(address) || (_bytes += length) > file.Length)
                throw new InvalidDataException($"the object header's continuation at address {address} runs in circles");
            return file.Read(address, length);
        }

        private void Add(int type, byte flags, ReadOnlyMemory<byte> rest, int length)
        {
            if (length > rest.Length)
                throw new InvalidDataException("a message is longer than its header");
            var message = new HeaderMessage((MessageType)type, flags, rest[..length]);
            if (message.MustBeKnown && message.Type is (MessageType.Unassigned or > MessageType.Last))
                throw new NotSupportedException($"the header has a message of type {type}, which is not known but must be");
            Messages.Add(message);
            if (message.Type == MessageType.Continuation)
            {
                var cursor = new ByteCursor(message.Data.Span, file);
                _continuations.Enqueue((cursor.Address(), cursor.Length()));
            }
        }
    }
}
