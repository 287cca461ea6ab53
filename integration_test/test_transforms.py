"""Compiled Fourier transforms against numpy's float64 ones."""

import numpy as np
import pytest
from conv_driver import tools

BOUND = 1e-6
SMOOTH = [81, 90, 96, 105, 121, 128, 143, 169, 225, 240, 243, 256, 315, 343, 360]
SMOOTH += [512, 625, 729, 1000, 1001, 1024, 1155, 1536, 2048, 2197, 2401, 4096]
PRIMES = [67, 97, 127, 251, 257, 509, 1021, 2039]
LONG = [1 << 17, 3**11, 10**6, 1 << 20, 1_000_003, 5 * 7 * 11 * 13 * 17 * 19]


def function(name, length, op, attributes=""):
    """A function that transforms rows of a dynamic number."""
    rows = f"tensor<?x{length}xcomplex<f32>>"
    attributes = f"{{{attributes}}}" if attributes else ""
    return f"""
func.func @{name}(%x: {rows}) -> {rows} {{
  %c0 = arith.constant 0 : index
  %count = tensor.dim %x, %c0 : {rows}
  %init = tensor.empty(%count) : {rows}
  %y = conv.{op} ins(%x : {rows}) outs(%init : {rows}) {attributes}
  return %y : {rows}
}}
"""


def random_rows(random, count, length):
    return random.normal(size=(count, length)) + 1j * random.normal(
        size=(count, length)
    )


def relative_l2(got, want):
    """Of the worst row; NaN if any is."""
    difference = np.linalg.norm(np.asarray(got, complex) - want, axis=1)
    return float(np.max(difference / np.linalg.norm(want, axis=1)))


def digit_reversed(factors):
    """The frequency at each position, from the definition of the ordering."""
    digits = np.indices(factors).reshape(len(factors), -1)
    weights = np.cumprod([1, *factors[:-1]])
    return weights @ digits


def check(package, length, rows, random, order=None, suffix=""):
    """The forward and the inverse kernel of that suffix, each against numpy."""
    x = random_rows(random, rows, length).astype(np.complex64)
    order = np.arange(length) if order is None else order
    if f"dft{suffix}" in package.kernels:
        got = package.run(f"dft{suffix}", x)
        error = relative_l2(got, np.fft.fft(x.astype(complex))[:, order])
        assert error <= BOUND, f"dft of {length}, {rows} rows: {error:.3e}"
    if f"idft{suffix}" in package.kernels:
        natural = np.empty_like(x)
        natural[:, order] = x
        got = package.run(f"idft{suffix}", x)
        error = relative_l2(got, np.fft.ifft(natural.astype(complex)))
        assert error <= BOUND, f"idft of {length}, {rows} rows: {error:.3e}"


def compile_both(cases, tmp_path):
    """A package of a dft and an idft for each (suffix, length, attributes)."""
    text = "".join(
        function(f"{op}{suffix}", length, op, attributes)
        for suffix, length, attributes in cases
        for op in ("dft", "idft")
    )
    return tools.compile(text, tmp_path)


@pytest.mark.parametrize("first", range(1, 65, 16))
def test_every_short_length(first, seed, runtime, tmp_path):
    """One direction each, another one in another run."""
    random = np.random.default_rng([seed, first])
    lengths = range(first, first + 16)
    text = "".join(
        function(f"{op}_{length}", length, op)
        for length, op in zip(lengths, random.choice(["dft", "idft"], 16), strict=True)
    )
    with runtime.open(tools.compile(text, tmp_path)) as package:
        assert len(package.kernels) == 16
        for length in lengths:
            for rows in (1, 16, 37):
                check(package, length, rows, random, suffix=f"_{length}")


@pytest.mark.parametrize("lengths", [SMOOTH[::2], SMOOTH[1::2], PRIMES])
def test_lengths(lengths, seed, runtime, tmp_path):
    cases = [(f"_{n}", n, "") for n in lengths]
    with runtime.open(compile_both(cases, tmp_path)) as package:
        random = np.random.default_rng([seed, *lengths])
        for length in lengths:
            for rows in (1, 18):
                check(package, length, rows, random, suffix=f"_{length}")


@pytest.mark.parametrize("length", LONG)
def test_long(length, seed, runtime, tmp_path):
    with runtime.open(compile_both([("", length, "")], tmp_path)) as package:
        check(package, length, 2, np.random.default_rng([seed, length]))


def test_longest(seed, runtime, tmp_path):
    length = 1 << 24
    text = function("dft", length, "dft")
    with runtime.open(tools.compile(text, tmp_path)) as package:
        x = random_rows(np.random.default_rng([seed, 24]), 1, length)
        x = x.astype(np.complex64)
        error = relative_l2(package.run("dft", x), np.fft.fft(x.astype(complex)))
        assert error <= BOUND, f"{error:.3e}"


FACTORS = [
    (2, 3), (3, 2), (17,), (3, 32), (32, 3), (4, 4, 4, 4), (8, 8, 8), (2,) * 11,
    (13, 11, 7), (17, 16, 18), (64, 64), (5, 1000), (2, 4099), (19, 23, 29),
]  # fmt: skip


@pytest.mark.parametrize("factors", FACTORS)
def test_digit_reversed(factors, seed, runtime, tmp_path):
    length = int(np.prod(factors))
    digits = f"factors = array<i64: {', '.join(map(str, factors))}>"
    reversing = f"{digits}, ordering = #conv.ordering<digit_reversed>"
    cases = [("", length, digits), ("_reversed", length, reversing)]
    with runtime.open(compile_both(cases, tmp_path)) as package:
        random = np.random.default_rng([seed, *factors])
        for rows in (1, 19):
            check(package, length, rows, random)
            order = digit_reversed(factors)
            check(package, length, rows, random, order, "_reversed")


PLANS = [
    (24, "algorithm = direct"),
    (500, "algorithm = direct"),
    (2, "algorithm = bluestein, factors = [3]"),
    (12, "algorithm = bluestein, factors = [23]"),
    (100, "algorithm = bluestein, factors = [199]"),
    (300, "algorithm = bluestein, factors = [8, 75]"),
    (289, "algorithm = mixed_radix, factors = [289]"),
]


@pytest.mark.parametrize(("length", "plan"), PLANS)
def test_overridden_plan(length, plan, seed, runtime, tmp_path):
    attributes = f"plan = #conv.plan<{plan}>"
    path = compile_both([("", length, attributes)], tmp_path)
    with runtime.open(path) as package:
        assert plan.split(",")[0] in package.kernels["dft"].plan
        for rows in (1, 21):
            check(package, length, rows, np.random.default_rng([seed, rows]))


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512", "avx512fp16"])
def test_every_level(isa, seed, runtime, tmp_path, monkeypatch):
    levels = ["baseline", "avx2", "avx512", "avx512fp16"]
    if runtime.isa() not in levels or levels.index(isa) > levels.index(runtime.isa()):
        pytest.skip(f"this CPU has no {isa}")
    monkeypatch.setenv("CONVRT_ISA", isa)
    for length in (48, 1021, 1536):
        text = function("dft", length, "dft") + function("idft", length, "idft")
        path = tools.compile(text, tmp_path, levels=[isa])
        with runtime.open(path) as package:
            assert package.kernels["dft"].isa == isa
            check(package, length, 18, np.random.default_rng([seed, length]))


def test_poison_stays_in_its_row(seed, runtime, tmp_path):
    for length in (48, 1021, 1024):
        random = np.random.default_rng([seed, length])
        x = random_rows(random, 19, length).astype(np.complex64)
        path = compile_both([("", length, "")], tmp_path)
        with runtime.open(path) as package:
            clean = package.run("dft", x)
            x[7, int(random.integers(length))] = np.nan
            dirty = package.run("dft", x)
        others = np.arange(19) != 7
        assert np.array_equal(clean[others], dirty[others])
        assert np.isnan(dirty[7]).all()
