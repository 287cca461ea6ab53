"""Quantizing ops against their formulas, on every level, bit for bit."""

import lowbit
import numpy as np
import pytest
from conv_driver import tools
from test_integer_matmul import available

PARTS = {
    "tensor": lambda m, k: (1, 1),
    "rows": lambda m, k: (m, 1),
    "channels": lambda m, k: (1, k),
    "groups": lambda m, k: (m, k // 32),
    "shared_groups": lambda m, k: (1, k // 32),
}


def spread(parts: np.ndarray, shape) -> np.ndarray:
    """[R, C] over [M, K]."""
    rows = np.repeat(parts, shape[0] // parts.shape[0], axis=0)
    return np.repeat(rows, shape[1] // parts.shape[1], axis=1)


def run_levels(runtime, text, arrays, tmp_path, monkeypatch):
    levels = available(runtime)
    path = tools.compile(text, tmp_path, levels=levels)
    for level in levels:
        monkeypatch.setenv("CONVRT_ISA", level)
        with runtime.open(path, 2) as package:
            yield level, package.run("f", *arrays)


def matrix(shape, element: str, rows: str = "?") -> str:
    size = rows if shape[0] != 1 else "1"
    return f"tensor<{size}x{shape[1]}x{element}>"


def awkward_floats(random, shape) -> np.ndarray:
    """Gaussian, with ties, limits and what is not a number."""
    x = random.standard_normal(shape).astype(np.float32)
    special = [0.5, -0.5, 1.5, 2.5, np.nan, np.inf, -np.inf, -0.0, 1e30, 1e-42]
    at = random.random(shape) < 0.1
    x[at] = random.choice(np.array(special, np.float32), at.sum())
    return x


@pytest.mark.parametrize("zero_points", [False, True])
@pytest.mark.parametrize("parts", PARTS)
def test_quantize(parts, zero_points, seed, runtime, tmp_path, monkeypatch):
    random = np.random.default_rng([seed, len(parts)])
    m, k = 21, 96
    shape = PARTS[parts](m, k)
    x = awkward_floats(random, (m, k))
    scales = random.choice(np.array([0.5, 1, 0.013, 0.3], np.float32), shape)
    arrays, types = [x, scales], {"x": matrix(x.shape, "f32")}
    types["s"] = matrix(shape, "f32")
    clause = ""
    z = np.zeros(shape, np.int32)
    if zero_points:
        z = random.integers(-128, 128, shape).astype(np.int32)
        arrays.append(z)
        types["z"] = matrix(shape, "i32")
        clause = f"zero_points(%z : {types['z']})"
    y = matrix(x.shape, "i8")
    body = f"""{lowbit.empty("x", types["x"], y)}
  %y = lowbit.quantize ins(%x : {types["x"]}) scales(%s : {types["s"]}) {clause}
      outs(%init : {y}) {{low = -127 : i32}}"""
    with np.errstate(over="ignore"):
        ratio = x / spread(scales, x.shape)
    zeros = spread(z, x.shape)
    rounded = np.rint(np.clip(np.nan_to_num(ratio, nan=0.0), -1e4, 1e4))
    want = np.clip(rounded + zeros, -127, 127).astype(np.int8)
    text = lowbit.function("f", types, body, y)
    for level, got in run_levels(runtime, text, arrays, tmp_path, monkeypatch):
        assert np.array_equal(got, want), level


@pytest.mark.parametrize("stored", [np.int8, np.int32])
@pytest.mark.parametrize("parts", PARTS)
def test_dequantize(parts, stored, seed, runtime, tmp_path, monkeypatch):
    random = np.random.default_rng([seed, len(parts)])
    m, k = 9, 64
    shape = PARTS[parts](m, k)
    limits = np.iinfo(stored)
    q = random.integers(limits.min, limits.max + 1, (m, k)).astype(stored)
    scales = random.uniform(0.001, 3, shape).astype(np.float32)
    z = random.integers(-128, 128, shape).astype(np.int32)
    element = "i8" if stored is np.int8 else "i32"
    types = {"q": matrix(q.shape, element), "s": matrix(shape, "f32")}
    types["z"] = matrix(shape, "i32")
    y = matrix(q.shape, "f32")
    body = f"""{lowbit.empty("q", types["q"], y)}
  %y = lowbit.dequantize ins(%q : {types["q"]}) scales(%s : {types["s"]})
      zero_points(%z : {types["z"]}) outs(%init : {y})"""
    with np.errstate(over="ignore"):
        centred = q.astype(np.int32) - spread(z, q.shape)
    want = spread(scales, q.shape) * centred.astype(np.float32)
    text = lowbit.function("f", types, body, y)
    for level, got in run_levels(runtime, text, [q, scales, z], tmp_path, monkeypatch):
        assert np.array_equal(got, want), level


@pytest.mark.parametrize("exponent", [1.0, 0.85, 0.15, 0.0])
@pytest.mark.parametrize("parts", PARTS)
def test_scales(parts, exponent, seed, runtime, tmp_path, monkeypatch):
    random = np.random.default_rng([seed, len(parts)])
    m, k = 13, 96
    shape = PARTS[parts](m, k)
    x = random.standard_normal((m, k)).astype(np.float32)
    x *= 10 ** random.uniform(-20, 20, (m, 1)).astype(np.float32)
    x[3] = 0
    s = matrix(shape, "f32")
    types = {"x": matrix(x.shape, "f32")}
    body = f"""{lowbit.empty("x", types["x"], s)}
  %y = lowbit.scales ins(%x : {types["x"]}) outs(%init : {s})
      {{divisor = 127.0 : f32, exponent = {exponent} : f32}}"""
    rows = m if shape[0] == 1 else 1
    parts_of_x = np.abs(x).reshape(-1, rows, shape[1], k // shape[1])
    largest = parts_of_x.max(axis=(1, 3))
    floored = np.maximum(largest, np.float32(1e-5)).astype(np.float64)
    # The exponent is the f32 nearest to the one written.
    want = floored ** float(np.float32(exponent)) / 127
    text = lowbit.function("f", types, body, s)
    for level, got in run_levels(runtime, text, [x], tmp_path, monkeypatch):
        np.testing.assert_allclose(got, want, rtol=1e-6, err_msg=level)


def multiply(a: np.ndarray, m: np.ndarray) -> np.ndarray:
    """gemmlowp's SaturatingRoundingDoublingHighMul, as it is published."""
    product = a.astype(np.int64) * m.astype(np.int64)
    nudge = np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    total = product + nudge
    high = np.sign(total) * (np.abs(total) // (1 << 31))  # C truncates
    least = np.iinfo(np.int32).min
    return np.where((a == least) & (m == least), np.iinfo(np.int32).max, high)


def shift_right(v: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """gemmlowp's RoundingDivideByPOT."""
    mask = (np.int64(1) << exponent) - 1
    remainder = v & mask
    return (v >> exponent) + (remainder > (mask >> 1) + (v < 0))


@pytest.mark.parametrize("case", ["edges", "random"])
def test_requantize(case, seed, runtime, tmp_path, monkeypatch):
    random = np.random.default_rng([seed, 3])
    least, most = np.iinfo(np.int32).min, np.iinfo(np.int32).max
    if case == "edges":
        values = [least, least + 1, -(1 << 30) - 1, -(1 << 30), -(1 << 30) + 1, -3]
        values += [-2, -1, 0, 1, 2, 3, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, most]
        near = [
            s * (1 << e) + d for e in range(31) for s in (-1, 1) for d in (-1, 0, 1)
        ]
        values += near
        multipliers = [1 << 30, (1 << 30) + 1, most, most - 1, 3 << 29, least]
        pairs = [(m, e) for m in multipliers for e in range(32)]
        a = np.repeat(np.array(values, np.int32)[:, None], len(pairs), axis=1)
        m, e = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    else:
        columns = 1000
        a = random.integers(least, most + 1, (10_000, columns)).astype(np.int32)
        # Half of them small enough for shifts to leave something to round.
        a[::2] >>= random.integers(0, 28, (5_000, columns)).astype(np.int32)
        m = random.integers(1 << 30, 1 << 31, columns).astype(np.int32)
        e = random.integers(0, 32, columns).astype(np.int32)
        assert a.size == 10_000_000
    columns = a.shape[1]
    types = {"a": f"tensor<?x{columns}xi32>", "m": f"tensor<{columns}xi32>"}
    types["e"] = f"tensor<{columns}xi32>"
    y = f"tensor<?x{columns}xi8>"
    body = f"""{lowbit.empty("a", types["a"], y)}
  %y = lowbit.requantize ins(%a : {types["a"]}) multipliers(%m : {types["m"]})
      shifts(%e : {types["e"]}) outs(%init : {y})
      {{zero_point = -5 : i32, low = -128 : i32, high = 120 : i32}}"""
    want = np.clip(shift_right(multiply(a, m), e.astype(np.int64)) - 5, -128, 120)
    text = lowbit.function("f", types, body, y)
    for level, got in run_levels(runtime, text, [a, m, e], tmp_path, monkeypatch):
        assert np.array_equal(got, want), level


def test_crossquant(seed, runtime, tmp_path, monkeypatch):
    """Row and column scales whose product is CrossQuant's."""
    random = np.random.default_rng([seed, 4])
    m, k, a = 17, 48, 0.15
    x = random.standard_normal((m, k)).astype(np.float32)
    x[:, 5] *= 60
    text = lowbit.crossquant_module(k, a)
    magnitudes = np.abs(x.astype(np.float64))
    scale = magnitudes.max(1, keepdims=True) ** a * magnitudes.max(0) ** (1 - a) / 127
    want = x / scale
    for level, got in run_levels(runtime, text, [x], tmp_path, monkeypatch):
        # Scales are off by 1e-6, so that a tie may go either way.
        assert np.abs(got - want).max() <= 0.5 + 3e-4, level
