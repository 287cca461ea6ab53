"""Random convolutions and inputs, and how far a result may be off."""

import numpy as np
from conv_driver.runtime import DTYPES
from conv_driver.source import Conv

SHAPES_OF_INPUT = ("gaussian", "constant", "impulse", "decaying", "one_hot")

# Powers of two and their neighbours, primes, 3 * 2^k, and lengths below a block.
LENGTHS = [
    1, 2, 3, 5, 16, 31, 64, 100, 255, 256, 257, 384, 509, 512, 768, 1000, 1021,
    1024, 1025, 1536, 2048, 3072, 4093, 4096, 5000, 6144, 8192, 14113, 16384,
]  # fmt: skip


def random_conv(random: np.random.Generator) -> tuple[Conv, int]:
    """A convolution with a dynamic batch, and the batch to run it at."""
    kind = str(random.choice(["causal", "circular", "bidirectional"]))
    length = int(random.choice(LENGTHS))
    longest = 2 * length - 1 if kind == "bidirectional" else length
    short = int(random.integers(1, min(longest, 40) + 1))
    taps = int(random.choice([longest, random.integers(1, longest + 1), short]))
    group = int(random.choice([1, 1, 2, 3]))
    rows = int(random.integers(1, 4))
    conv = Conv(
        kind=kind,
        channels=group * rows,
        filter_rows=rows,
        length=length,
        taps=taps,
        dtype=str(random.choice(["f32", "f32", "bf16", "f16"])),
        pregate=bool(random.integers(2)),
        postgate=bool(random.integers(2)),
        skip=bool(random.integers(2)),
    )
    return conv, int(random.choice([1, 2, 3, 5]))


def rows_of(
    shape_of_input: str, shape: tuple[int, ...], random: np.random.Generator
) -> np.ndarray:
    """Rows [..., N] in float64 of one of SHAPES_OF_INPUT, each with a scale."""
    length = shape[-1]
    scale = np.exp(random.normal(size=(*shape[:-1], 1)))
    if shape_of_input == "gaussian":
        return scale * random.normal(size=shape)
    if shape_of_input == "constant":
        return scale * np.ones(shape)
    if shape_of_input == "decaying":
        return (
            scale * random.normal(size=shape) * np.exp(-8 * np.arange(length) / length)
        )
    if shape_of_input == "impulse":
        return scale * (np.arange(length) == 0)
    if shape_of_input == "one_hot":
        return scale * (np.arange(length) == random.integers(length))
    raise ValueError(shape_of_input)


def inputs_of(
    conv: Conv, batch: int, shape_of_input: str, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Arrays for every argument of the convolution, in its dtype."""
    dtype = DTYPES[conv.dtype]
    shape = (batch, conv.channels, conv.length)
    arrays = {"u": rows_of(shape_of_input, shape, random).astype(dtype)}
    taps = random.normal(size=(conv.rows, conv.taps)) / conv.taps**0.5
    arrays["k"] = taps.astype(np.float32)
    for gate in ("pregate", "postgate"):
        if getattr(conv, gate):
            arrays[gate] = random.normal(size=shape).astype(dtype)
    if conv.skip:
        arrays["skip"] = random.normal(size=conv.channels).astype(np.float32)
    return arrays


def error_scale(conv: Conv, want: np.ndarray, arrays) -> float:
    """What a package's bound is relative to: for each row, |want| and what the
    terms of its sums amount to (see conv-state-numerics)."""
    v = np.asarray(arrays["u"], np.float64)
    if conv.pregate:
        v = v * np.asarray(arrays["pregate"], np.float64)
    filters = np.linalg.norm(np.asarray(arrays["k"], np.float64), axis=-1)
    filters = np.repeat(filters, conv.channels // conv.rows)
    if conv.skip:
        filters = filters + np.abs(np.asarray(arrays["skip"], np.float64))
    terms = np.linalg.norm(v, axis=-1) * filters
    if conv.postgate:
        terms *= np.abs(np.asarray(arrays["postgate"], np.float64)).max(axis=-1)
    return float(np.linalg.norm(np.linalg.norm(want, axis=-1) + terms))


def tolerance(conv: Conv, want: np.ndarray, arrays, cancels: bool) -> float:
    """How large |got - want| may be. For f32 arithmetic relative to |want|: 1e-6,
    or for 16-bit outputs 1.2 times what rounding alone costs. For less exact
    arithmetic, and f32 where sums cancel, relative to the terms as well."""
    norm = float(np.linalg.norm(want))
    if conv.plan and "arithmetic = f16" in conv.plan:
        return 2e-3 * error_scale(conv, want, arrays)
    if conv.plan and "arithmetic = bf16" in conv.plan:
        rounding = {"f32": 0, "f16": 4.9e-4, "bf16": 3.92e-3}[conv.dtype]
        return 7.9e-3 * error_scale(conv, want, arrays) + rounding * norm
    if conv.dtype == "f32":
        return 1e-6 * (error_scale(conv, want, arrays) if cancels else norm)
    rounded = want.astype(DTYPES[conv.dtype]).astype(np.float64)
    # A handful of outputs may all happen to round well: the format's rms bounds
    # them from below.
    rms = {"f16": 2.8e-4, "bf16": 1.66e-3}[conv.dtype]
    return 1.2 * max(rms * norm, float(np.linalg.norm(rounded - want)))
