"""Ternary and int8 products against int64, on every level."""

import os

import lowbit
import numpy as np
import pytest
from conv_driver import tools

CASES = int(os.environ.get("CONV_TEST_CASES", "24"))
LEVELS = ["baseline", "avx2", "avx512", "avx512fp16"]


def available(runtime) -> list[str]:
    isa = runtime.isa()
    return LEVELS[: LEVELS.index(isa) + 1] if isa in LEVELS else [isa]


def random_bytes(random, shape, extremes: bool) -> np.ndarray:
    if extremes:
        return random.choice(np.array([-128, 127], np.int8), shape)
    return random.integers(-128, 128, shape, np.int8)


def random_ternary(random, shape, extremes: bool) -> np.ndarray:
    return random.choice(np.array([-1, 1] if extremes else [-1, 0, 1], np.int8), shape)


def random_sizes(random) -> tuple[int, int, int]:
    rows = int(random.choice([1, 2, 4, 5, 16, 31, 33, 70]))
    outputs = int(random.choice([1, 15, 16, 64, 65, 130, 257]))
    inputs = int(random.choice([1, 3, 63, 64, 65, 200, 640, 1027]))
    return rows, outputs, inputs


def run_product(runtime, path, arrays, level, monkeypatch, threads=2):
    monkeypatch.setenv("CONVRT_ISA", level)
    with runtime.open(path, threads) as package:
        assert package.kernels["product"].isa == level
        return package.run("product", *arrays)


@pytest.mark.parametrize("shape", [(1, 1), (16, 64), (17, 65), (100, 300)])
def test_packing(shape, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, *shape])
    w = random.integers(-3, 4, shape, np.int8)
    with runtime.open(tools.compile(lowbit.pack_module(*shape), tmp_path)) as package:
        assert np.array_equal(package.run("pack", w), lowbit.pack_reference(w))


@pytest.mark.parametrize("case", range(CASES))
def test_ternary(case, seed, runtime, tmp_path, monkeypatch):
    random = np.random.default_rng([seed, case])
    rows, outputs, inputs = random_sizes(random)
    static = bool(random.integers(2))
    print(f"CONV_TEST_SEED={seed} case {case}: {rows}x{inputs} times {outputs}")
    extremes = bool(random.integers(2))
    x = random_bytes(random, (rows, inputs), extremes)
    w = random_ternary(random, (outputs, inputs), extremes)
    text = lowbit.product_module(
        "ternary_matmul", rows if static else None, outputs, inputs, {}
    )
    levels = available(runtime)
    path = tools.compile(text, tmp_path, levels=levels)
    packed = lowbit.pack_reference(w)
    want = lowbit.product_reference(x, w)
    for level in levels:
        got = run_product(runtime, path, [x, packed], level, monkeypatch)
        assert np.array_equal(got, want), level


@pytest.mark.parametrize("case", range(CASES))
def test_int8(case, seed, runtime, tmp_path, monkeypatch):
    random = np.random.default_rng([seed, 100 + case])
    rows, outputs, inputs = random_sizes(random)
    static = bool(random.integers(2))
    extremes = bool(random.integers(2))
    x = random_bytes(random, (rows, inputs), extremes)
    w = random_bytes(random, (outputs, inputs), extremes)
    m = rows if static else "?"
    sizes = {
        "zero_points": (random.choice([0, 1, rows]), rows, m),
        "weight_zero_points": (random.choice([0, 1, outputs]), outputs, outputs),
    }
    types, arrays = {}, {}
    for name, (count, whole, written) in sizes.items():
        if count:
            size = written if count == whole and count != 1 else 1
            types[name] = f"tensor<{size}xi32>"
            arrays[name] = random.integers(-128, 128, count).astype(np.int32)
    print(f"CONV_TEST_SEED={seed} case {case}: {rows}x{inputs} times {outputs} {types}")
    text = lowbit.product_module(
        "int8_matmul", rows if static else None, outputs, inputs, types
    )
    levels = available(runtime)
    path = tools.compile(text, tmp_path, levels=levels)
    want = lowbit.product_reference(x, w, **arrays)
    for level in levels:
        inputs_of_run = [x, w, *arrays.values()]
        got = run_product(runtime, path, inputs_of_run, level, monkeypatch)
        assert np.array_equal(got, want), level


@pytest.mark.parametrize("rows", [1, 40])
def test_scales(rows, seed, runtime, tmp_path, monkeypatch):
    """f32 results: each factor rounded once, in the stated order."""
    random = np.random.default_rng([seed, rows])
    x = random_bytes(random, (rows, 100), False)
    w = random_ternary(random, (70, 100), False)
    scales = random.uniform(0.001, 2, rows).astype(np.float32)
    weight_scales = random.uniform(0.001, 2, 70).astype(np.float32)
    types = {"scales": "tensor<?xf32>", "weight_scales": "tensor<70xf32>"}
    text = lowbit.product_module("ternary_matmul", None, 70, 100, types, "f32")
    levels = available(runtime)
    path = tools.compile(text, tmp_path, levels=levels)
    want = lowbit.product_reference(x, w).astype(np.float32)
    want = want * scales[:, None] * weight_scales
    for level in levels:
        arrays = [x, lowbit.pack_reference(w), scales, weight_scales]
        got = run_product(runtime, path, arrays, level, monkeypatch)
        assert np.array_equal(got, want), level


def test_largest_sums(runtime, tmp_path, monkeypatch):
    """Every product at its extreme: where narrower sums would overflow."""
    inputs = 20000
    for value, weight in [(-128, 1), (-128, -1), (127, 1), (127, -1)]:
        x = np.full((9, inputs), value, np.int8)
        w = np.full((33, inputs), weight, np.int8)
        text = lowbit.product_module("ternary_matmul", None, 33, inputs, {})
        path = tools.compile(text, tmp_path, levels=available(runtime))
        for level in available(runtime):
            for rows in (1, 9):
                arrays = [x[:rows], lowbit.pack_reference(w)]
                got = run_product(runtime, path, arrays, level, monkeypatch)
                assert (got == value * weight * inputs).all(), level


def test_without_tiles(seed, runtime, tmp_path):
    """The image of a level without AMX, which the level's own test passes over
    where the CPU has tiles."""
    random = np.random.default_rng([seed, 5])
    x = random_bytes(random, (37, 300), True)
    w = random_ternary(random, (90, 300), True)
    text = lowbit.product_module("ternary_matmul", None, 90, 300, {})
    if runtime.isa() != "avx512fp16":
        pytest.skip("this CPU has no avx512fp16")
    with runtime.open(tools.compile(text, tmp_path, tiles=False)) as package:
        got = package.run("product", x, lowbit.pack_reference(w))
    assert np.array_equal(got, lowbit.product_reference(x, w))


def test_no_rows(runtime, tmp_path):
    text = lowbit.product_module("ternary_matmul", None, 20, 100, {})
    with runtime.open(tools.compile(text, tmp_path)) as package:
        x = np.zeros((0, 100), np.int8)
        w = lowbit.pack_reference(np.zeros((20, 100), np.int8))
        assert package.run("product", x, w).shape == (0, 20)
