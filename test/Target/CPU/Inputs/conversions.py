"""Make the inputs of float-conversions.mlir, and check its outputs bit by bit."""

import sys
import warnings
from pathlib import Path

import numpy as np

mode, folder = sys.argv[1], Path(sys.argv[2])


def halves():
    return np.arange(65536, dtype=np.uint16).view(np.float16)


def singles():
    """Around every f16 and bf16 value and every midpoint, and random bits."""
    exact = halves().astype(np.float32).view(np.uint32)
    middle = exact + np.uint32(0x1000)
    short = np.arange(65536, dtype=np.uint32) << 16
    near = np.concatenate([exact, middle, short, short + np.uint32(0x8000)])
    near = np.concatenate([near - 1, near, near + 1])
    random = np.random.default_rng(5).integers(0, 2**32, 10000, dtype=np.uint32)
    return np.concatenate([near, random]).view(np.float32)


def bf16_bits(values):
    bits = values.view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def compare(name, got, want, is_nan, got_nan):
    assert got_nan[is_nan].all(), f"{name}: a NaN became a number"
    wrong = (got != want) & ~is_nan
    assert not wrong.any(), f"{name}: {wrong.sum()} wrong"


if mode == "make":
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "f16.npy", halves())
    np.save(folder / "f32.npy", singles())
else:
    warnings.simplefilter("ignore")
    got = np.load(folder / "widened.npy")
    want = halves().astype(np.float32)
    compare(
        "widen",
        got.view(np.uint32),
        want.view(np.uint32),
        np.isnan(want),
        np.isnan(got),
    )
    isnan = np.isnan(singles())
    got = np.load(folder / "narrowed.npy")
    want = singles().astype(np.float16)
    compare("narrow", got.view(np.uint16), want.view(np.uint16), isnan, np.isnan(got))
    got = np.load(folder / "bf16.npy").view(np.uint16)
    got_nan = ((got & 0x7F80) == 0x7F80) & ((got & 0x7F) != 0)
    compare("narrow_bf16", got, bf16_bits(singles()), isnan, got_nan)
