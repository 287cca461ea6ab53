"""Convolutions in float64, with scipy: no code in common with the compiler."""

import numpy as np
from scipy import signal

from .source import Conv


def convolve_row(kind: str, v: np.ndarray, k: np.ndarray) -> np.ndarray:
    """One row with one filter."""
    length, taps = len(v), len(k)
    full = signal.convolve(v, k, method="direct" if length * taps < 1 << 18 else "fft")
    if kind == "circular":
        result = full[:length].copy()
        result[: taps - 1] += full[length:]
        return result
    origin = (taps - 1) // 2 if kind == "bidirectional" else 0
    return full[origin : origin + length]


def convolve(conv: Conv, u, k, pregate=None, postgate=None, skip=None) -> np.ndarray:
    """All of a `Conv`, in float64, for arrays of any dtype."""
    v = np.asarray(u, np.float64)
    if pregate is not None:
        v = v * np.asarray(pregate, np.float64)
    k = np.asarray(k, np.float64)
    y = np.empty_like(v)
    group = conv.channels // conv.rows
    for b in range(v.shape[0]):
        for h in range(conv.channels):
            y[b, h] = convolve_row(conv.kind, v[b, h], k[h // group])
    if skip is not None:
        y += np.asarray(skip, np.float64)[None, :, None] * v
    if postgate is not None:
        y *= np.asarray(postgate, np.float64)
    return y


def relative_l2(got: np.ndarray, want: np.ndarray) -> float:
    """||got - want|| / ||want||; NaN or infinite if `got` has such an element."""
    difference = np.linalg.norm((np.asarray(got, np.float64) - want).ravel())
    norm = np.linalg.norm(want.ravel())
    return float(difference / norm if norm > 0 else difference)
