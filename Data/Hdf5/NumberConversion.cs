using System.Numerics;
using System.Runtime.InteropServices;

namespace ConvNets.Data.Hdf5;

/// <summary>Sizes, names and conversions of the number types.</summary>
internal static class NumberConversion
{
    public static int Size(Hdf5NumberType type) => type switch
    {
        Hdf5NumberType.Int8 or Hdf5NumberType.UInt8 => 1,
        Hdf5NumberType.Int16 or Hdf5NumberType.UInt16 or Hdf5NumberType.Float16 => 2,
        Hdf5NumberType.Int32 or Hdf5NumberType.UInt32 or Hdf5NumberType.Float32 => 4,
        _ => 8,
    };

    public static string Name(Hdf5NumberType type) => type switch
    {
        Hdf5NumberType.Int8 => "int8",
        Hdf5NumberType.UInt8 => "uint8",
        Hdf5NumberType.Int16 => "int16",
        Hdf5NumberType.UInt16 => "uint16",
        Hdf5NumberType.Int32 => "int32",
        Hdf5NumberType.UInt32 => "uint32",
        Hdf5NumberType.Int64 => "int64",
        Hdf5NumberType.UInt64 => "uint64",
        Hdf5NumberType.Float16 => "float16",
        Hdf5NumberType.Float32 => "float32",
        _ => "float64",
    };

    /// <summary>The number type of a C# type.</summary>
    /// <exception cref="NotSupportedException">The type is no number that HDF5 files hold here.</exception>
    public static Hdf5NumberType TypeOf<T>()
    {
        if (typeof(T) == typeof(byte)) return Hdf5NumberType.UInt8;
        if (typeof(T) == typeof(sbyte)) return Hdf5NumberType.Int8;
        if (typeof(T) == typeof(short)) return Hdf5NumberType.Int16;
        if (typeof(T) == typeof(ushort)) return Hdf5NumberType.UInt16;
        if (typeof(T) == typeof(int)) return Hdf5NumberType.Int32;
        if (typeof(T) == typeof(uint)) return Hdf5NumberType.UInt32;
        if (typeof(T) == typeof(long)) return Hdf5NumberType.Int64;
        if (typeof(T) == typeof(ulong)) return Hdf5NumberType.UInt64;
        if (typeof(T) == typeof(Half)) return Hdf5NumberType.Float16;
        if (typeof(T) == typeof(float)) return Hdf5NumberType.Float32;
        if (typeof(T) == typeof(double)) return Hdf5NumberType.Float64;
        throw new NotSupportedException($"{typeof(T)} is no number type of HDF5 files here; use byte, sbyte, short, ushort, int, uint, long, ulong, Half, float or double.");
    }

    /// <summary>
    /// Whether values stored as <paramref name="from"/> may be asked for as <paramref name="to"/>: the same type, any integer type that
    /// holds all its values, <see cref="long"/> for any integer (the range is checked), <see cref="float"/> and <see cref="double"/> for any number.
    /// </summary>
    public static bool IsAllowed(Hdf5NumberType from, Hdf5NumberType to)
    {
        if (from == to || to is Hdf5NumberType.Float32 or Hdf5NumberType.Float64)
            return true;
        if (IsFloat(from) || IsFloat(to))
            return false;
        if (to == Hdf5NumberType.Int64)
            return true;
        return IsSigned(from)
            ? IsSigned(to) && Size(to) > Size(from)
            : Size(to) > Size(from);
    }

    /// <summary>Converts little-endian values of <paramref name="from"/> to <typeparamref name="T"/>.</summary>
    /// <exception cref="OverflowException">A value does not fit.</exception>
    public static void Convert<T>(ReadOnlySpan<byte> values, Hdf5NumberType from, Span<T> destination)
        where T : unmanaged
    {
        switch (TypeOf<T>())
        {
            case Hdf5NumberType.Int8: To(values, from, MemoryMarshal.Cast<T, sbyte>(destination)); break;
            case Hdf5NumberType.UInt8: To(values, from, MemoryMarshal.Cast<T, byte>(destination)); break;
            case Hdf5NumberType.Int16: To(values, from, MemoryMarshal.Cast<T, short>(destination)); break;
            case Hdf5NumberType.UInt16: To(values, from, MemoryMarshal.Cast<T, ushort>(destination)); break;
            case Hdf5NumberType.Int32: To(values, from, MemoryMarshal.Cast<T, int>(destination)); break;
            case Hdf5NumberType.UInt32: To(values, from, MemoryMarshal.Cast<T, uint>(destination)); break;
            case Hdf5NumberType.Int64: To(values, from, MemoryMarshal.Cast<T, long>(destination)); break;
            case Hdf5NumberType.UInt64: To(values, from, MemoryMarshal.Cast<T, ulong>(destination)); break;
            case Hdf5NumberType.Float16: To(values, from, MemoryMarshal.Cast<T, Half>(destination)); break;
            case Hdf5NumberType.Float32: To(values, from, MemoryMarshal.Cast<T, float>(destination)); break;
            default: To(values, from, MemoryMarshal.Cast<T, double>(destination)); break;
        }
    }

    /// <summary>Reverses the bytes of each element in place.</summary>
    public static void SwapBytes(Span<byte> values, int size)
    {
        switch (size)
        {
            case 2:
                var two = MemoryMarshal.Cast<byte, ushort>(values);
                System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                var four = MemoryMarshal.Cast<byte, uint>(values);
                System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                var eight = MemoryMarshal.Cast<byte, ulong>(values);
                System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }

    private static bool IsFloat(Hdf5NumberType type) => type >= Hdf5NumberType.Float16;

    private static bool IsSigned(Hdf5NumberType type) =>
        type is Hdf5NumberType.Int8 or Hdf5NumberType.Int16 or Hdf5NumberType.Int32 or Hdf5NumberType.Int64;

    private static void To<TTo>(ReadOnlySpan<byte> values, Hdf5NumberType from, Span<TTo> destination)
        where TTo : unmanaged, INumber<TTo>
    {
        switch (from)
        {
            case Hdf5NumberType.Int8: FromTo<sbyte, TTo>(values, destination); break;
            case Hdf5NumberType.UInt8: FromTo<byte, TTo>(values, destination); break;
            case Hdf5NumberType.Int16: FromTo<short, TTo>(values, destination); break;
            case Hdf5NumberType.UInt16: FromTo<ushort, TTo>(values, destination); break;
            case Hdf5NumberType.Int32: FromTo<int, TTo>(values, destination); break;
            case Hdf5NumberType.UInt32: FromTo<uint, TTo>(values, destination); break;
            case Hdf5NumberType.Int64: FromTo<long, TTo>(values, destination); break;
            case Hdf5NumberType.UInt64: FromTo<ulong, TTo>(values, destination); break;
            case Hdf5NumberType.Float16: FromTo<Half, TTo>(values, destination); break;
            case Hdf5NumberType.Float32: FromTo<float, TTo>(values, destination); break;
            default: FromTo<double, TTo>(values, destination); break;
        }
    }

    private static void FromTo<TFrom, TTo>(ReadOnlySpan<byte> values, Span<TTo> destination)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        var source = MemoryMarshal.Cast<byte, TFrom>(values)[..destination.Length];
        for (int i = 0; i < source.Length; i++)
        {
            var value = TTo.CreateChecked(source[i]);
            // CreateChecked does not count a finite double that becomes an infinite float as an overflow.
            if (TTo.IsInfinity(value) && !TFrom.IsInfinity(source[i]))
                throw new OverflowException($"{source[i]} does not fit in {typeof(TTo).Name}.");
            destination[i] = value;
        }
    }
}
