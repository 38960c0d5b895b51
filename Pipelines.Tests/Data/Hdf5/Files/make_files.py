"""Makes old.h5 and new.h5 with h5py 3: the same content in HDF5's oldest and in its 1.10 format. Element i of an array is 7 i mod 251."""
import h5py
import numpy as np


def values(shape, dtype):
    return (np.arange(np.prod(shape)) * 7 % 251).astype(dtype).reshape(shape)


def make(path, libver):
    with h5py.File(path, "w", libver=libver) as f:
        s = (10, 7, 3)
        f.create_dataset("plain", data=values(s, ">i4"), chunks=(4, 3, 3))
        f.create_dataset("gzip", data=values(s, "u1"), chunks=(4, 3, 2), compression="gzip")
        f.create_dataset("all", data=values(s, "<f8"), chunks=(3, 7, 3), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("lzf", data=values(s, "<u2"), chunks=(4, 3, 3), compression="lzf")
        f.create_dataset("fletcher", data=values(s, "u1"), chunks=(3, 3, 3), fletcher32=True)
        f.create_dataset("limited", data=values(s, "<i2"), chunks=(4, 3, 3), maxshape=(20, 11, 5))
        f.create_dataset("grows", data=values(s, "<i2"), chunks=(1, 2, 3), maxshape=(11, None, 5))
        f.create_dataset("grows_two", data=values(s, "<i2"), chunks=(2, 2, 3), maxshape=(None, None, 5), compression="gzip")
        f.create_dataset("one", data=values(s, "u1"), chunks=s, compression="gzip")
        holes = f.create_dataset("holes", shape=s, dtype="<i4", chunks=(2, 7, 3), fillvalue=-5)
        holes[4:6] = values(s, "<i4")[4:6]
        f.create_dataset("unwritten", shape=(3, 2), dtype="<f4", fillvalue=2.5)
        f["soft"] = h5py.SoftLink("/g/inner")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["loop"] = h5py.SoftLink("/loop")
        f["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        g = f.create_group("g")
        g["inner"] = np.array([1, 2, 3], "u1")
        g["self"] = g
        g["root"] = f["/"]
        f.create_dataset("bool", data=np.array([True, False]))
        f.create_dataset("fixed", data=np.array([b"ab", b"c"], "S4"))
        f.create_dataset("vlen", data=["x", "yy", ""], dtype=h5py.string_dtype())
        f.create_dataset("compound", data=np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]))
        f.create_dataset("empty", data=h5py.Empty("f4"))
        for i in range(12):
            f.attrs[f"a{i}"] = i
        f.attrs["s"] = "text"
        f.attrs["v"] = np.arange(3, dtype=">f4")


make("old.h5", "earliest")
make("new.h5", ("v110", "v110"))
