"""Make the inputs of files.mlir, and compare its outputs with them."""

import sys
from pathlib import Path

import numpy as np

mode, folder = sys.argv[1], Path(sys.argv[2])
shape = (3, 2, 64)


def values():
    return np.random.default_rng(11).standard_normal(shape).astype(np.float32)


def bf16_bits():
    # Exact in bf16: the low half of the bits is dropped.
    return (values().view(np.uint32) >> 16).astype(np.uint16)


if mode == "make":
    folder.mkdir(parents=True, exist_ok=True)
    impulse = np.zeros((2, 48), np.float32)
    impulse[:, 0] = 1
    np.save(folder / "impulse.npy", impulse)
    np.save(folder / "f32.npy", values())
    np.save(folder / "f16.npy", values().astype(np.float16))
    np.save(folder / "bits.npy", bf16_bits())
    np.save(folder / "bf16.npy", bf16_bits().view("V2"))
    # Wrong in one way each.
    np.save(folder / "f64.npy", values().astype(np.float64))
    np.save(folder / "big-endian.npy", values().astype(">f4"))
    np.save(folder / "fortran.npy", np.asfortranarray(values()))
    np.save(folder / "short.npy", values()[:, :, :63])
    whole = (folder / "f32.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:-5])
    (folder / "header.npy").write_bytes(whole[:20])
    (folder / "version.npy").write_bytes(whole[:6] + b"\x09" + whole[7:])
    (folder / "text.npy").write_text("not an array")
else:
    got = np.load(folder / "f32-out.npy")
    assert got.dtype == np.float32 and got.shape == shape
    assert np.linalg.norm(got - values()) < 1e-6 * np.linalg.norm(got)
    got = np.load(folder / "f16-out.npy")
    assert got.dtype == np.float16
    assert np.array_equal(got, values().astype(np.float16))
    for name in ("bf16-out.npy", "bits-out.npy"):
        got = np.load(folder / name)
        assert got.dtype == np.dtype("V2") and got.shape == shape
        assert np.array_equal(got.view(np.uint16), bf16_bits())
