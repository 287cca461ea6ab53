"""Compiled kernels against float64 over random shapes, kinds, dtypes and gates."""

import os

import numpy as np
import pytest
from conv_driver import reference, tools
from conv_driver.source import Conv
from generate import (
    SHAPES_OF_INPUT,
    error_scale,
    inputs_of,
    random_conv,
    tolerance,
)

CASES = int(os.environ.get("CONV_TEST_CASES", "48"))


def run_and_compare(
    package, conv: Conv, arrays, prepared: bool, shape_of_input: str = "gaussian"
) -> float:
    """The relative L2 error of a run, which must keep every promise."""
    inputs = list(arrays.values())
    if prepared:
        inputs[1] = package.run("prepare", arrays["k"])
    got = package.run("conv", *inputs)
    want = reference.convolve(conv, **arrays)
    error = float(np.linalg.norm(np.asarray(got, np.float64) - want))
    allowed = tolerance(conv, want, arrays, cancels=shape_of_input != "gaussian")
    assert error <= allowed, f"{conv}: error {error:.3e}, not at most {allowed:.3e}"
    stated = package.kernels["conv"].bound * error_scale(conv, want, arrays)
    assert error <= stated, f"{conv}: error {error:.3e}, stated to be {stated:.3e}"
    return reference.relative_l2(got, want)


@pytest.mark.parametrize("case", range(CASES))
def test_random(case, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, case])
    conv, batch = random_conv(random)
    prepared = bool(random.integers(2))
    text = conv.prepared_module() if prepared else conv.module()
    print(f"CONV_TEST_SEED={seed} case {case}: {conv}, batch {batch}")
    threads = int(random.integers(1, 3))
    with runtime.open(tools.compile(text, tmp_path), threads) as package:
        arrays = inputs_of(conv, batch, "gaussian", random)
        run_and_compare(package, conv, arrays, prepared)


@pytest.mark.parametrize("dtype", ["f32", "bf16", "f16"])
@pytest.mark.parametrize("kind", ["causal", "circular", "bidirectional"])
def test_shapes_of_input(kind, dtype, seed, runtime, tmp_path):
    conv = Conv(kind, channels=3, length=1536, taps=1536, dtype=dtype)
    with runtime.open(tools.compile(conv.prepared_module(), tmp_path)) as package:
        for index, shape_of_input in enumerate(SHAPES_OF_INPUT):
            random = np.random.default_rng([seed, index])
            arrays = inputs_of(conv, 2, shape_of_input, random)
            run_and_compare(package, conv, arrays, True, shape_of_input)


PLANS = {
    "one_block": ("f32", 1000, "blocks = 1, factors = [4, 4, 4, 4, 4]"),
    "many_blocks": ("f32", 5000, "blocks = 20, factors = [4, 4, 4, 4]"),
    "radix_2": ("f32", 4096, "blocks = 8, factors = [2, 4, 4, 4, 4]"),
    "deep": ("f32", 60000, "blocks = 15, factors = [4, 4, 4, 4, 4, 4]"),
    "direct": ("f32", 900, None),
    "fp16": ("f16", 4096, "arithmetic = f16, blocks = 16, factors = [4, 4, 4, 4]"),
    "fp16_1k": (
        "f16",
        4096,
        "arithmetic = f16, blocks = 4, factors = [4, 4, 4, 4, 4]",
    ),
    "fp16_longest": (
        "f16",
        65536,
        "arithmetic = f16, blocks = 64, factors = [4, 4, 4, 4, 4]",
    ),
    "fp16_of_f32": (
        "f32",
        3000,
        "arithmetic = f16, blocks = 3, factors = [4, 4, 4, 4, 4]",
    ),
}


@pytest.mark.parametrize("kind", ["causal", "circular", "bidirectional"])
@pytest.mark.parametrize("name", PLANS)
def test_overridden_plan(name, kind, seed, runtime, tmp_path):
    dtype, length, plan = PLANS[name]
    plan = f"algorithm = right_angle, {plan}" if plan else "algorithm = direct"
    conv = Conv(
        kind, channels=2, length=length, taps=length, dtype=dtype, plan=plan, skip=True
    )
    random = np.random.default_rng([seed, length])
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        algorithm = plan.split(",")[0]
        assert algorithm in package.kernels["conv"].plan
        for shape_of_input in SHAPES_OF_INPUT:
            arrays = inputs_of(conv, 2, shape_of_input, random)
            error = run_and_compare(package, conv, arrays, False, shape_of_input)
            if shape_of_input == "gaussian":  # nothing cancels: relative to |want| too
                assert error <= 2e-3


HALF_PLANS = {
    "256": "blocks = 16, factors = [4, 4, 4, 4]",
    "1k": "blocks = 4, factors = [4, 4, 4, 4, 4]",
}


@pytest.mark.parametrize("kind", ["causal", "circular", "bidirectional"])
@pytest.mark.parametrize("plan", HALF_PLANS)
def test_half_precision_of_coherent_rows(plan, kind, seed, runtime, tmp_path):
    """Rows whose roundings all fall the same way, and filters that let them add
    up or cancel, twenty of each."""
    plan = f"algorithm = right_angle, arithmetic = f16, {HALF_PLANS[plan]}"
    conv = Conv(kind, channels=4, length=4096, taps=4096, dtype="f16", plan=plan)
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        for index in range(20):
            random = np.random.default_rng([seed, index])
            arrays = inputs_of(conv, 1, "constant", random)
            time = np.arange(conv.taps)
            arrays["k"][2] = np.abs(arrays["k"][2]) / 64
            arrays["k"][3] = np.exp(-time * random.uniform(0, 0.01)) / 64
            for row in range(4):
                u = arrays["u"].copy()
                u[:, np.arange(4) != row] = 0  # judge each row by itself
                got = package.run("conv", u, arrays["k"])
                want = reference.convolve(conv, u, arrays["k"])
                error = float(np.linalg.norm(got.astype(np.float64) - want))
                scale = error_scale(conv, want, {"u": u, "k": arrays["k"]})
                assert error <= package.kernels["conv"].bound * scale
                if row < 2:  # Gaussian filters
                    assert error <= 2e-3 * scale


@pytest.mark.parametrize("plan", HALF_PLANS)
def test_half_precision_holds_tones(plan, seed, runtime, tmp_path):
    """A tone against a filter of its own frequency is the most that one frequency
    can hold; the tangents of the butterflies come on top."""
    plan = f"algorithm = right_angle, arithmetic = f16, {HALF_PLANS[plan]}"
    conv = Conv(channels=64, length=4096, taps=4096, dtype="f16", plan=plan)
    random = np.random.default_rng([seed, 32])
    time = np.arange(4096)
    frequencies = np.concatenate([np.arange(32) / 1024, random.uniform(0, 0.5, 32)])
    phases = random.uniform(0, 2 * np.pi, (2, 64, 1))
    u, k = np.cos(2 * np.pi * frequencies[:, None] * time + phases)
    arrays = {
        "u": (31.9 * u)[None].astype(np.float16),
        "k": (k / 4096).astype(np.float32),
    }
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        run_and_compare(package, conv, arrays, prepared=False)


@pytest.mark.parametrize("length", [65536, 65537, 100_003, 1 << 20])
def test_long(length, seed, runtime, tmp_path):
    conv = Conv(channels=2, length=length, taps=length)
    random = np.random.default_rng([seed, length])
    with runtime.open(tools.compile(conv.prepared_module(), tmp_path)) as package:
        run_and_compare(package, conv, inputs_of(conv, 1, "gaussian", random), True)


def test_longest(seed, runtime, tmp_path):
    conv = Conv(channels=1, length=1 << 24, taps=1 << 24)
    random = np.random.default_rng([seed, 24])
    with runtime.open(tools.compile(conv.prepared_module(), tmp_path)) as package:
        run_and_compare(package, conv, inputs_of(conv, 1, "gaussian", random), True)


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512", "avx512fp16"])
@pytest.mark.parametrize("dtype", ["f32", "bf16", "f16"])
def test_every_level(isa, dtype, seed, runtime, tmp_path, monkeypatch):
    """Every image of a package, not only the best one for this CPU."""
    levels = ["baseline", "avx2", "avx512", "avx512fp16"]
    if runtime.isa() not in levels or levels.index(isa) > levels.index(runtime.isa()):
        pytest.skip(f"this CPU has no {isa}")
    conv = Conv(
        channels=2, length=3000, taps=2000, dtype=dtype, pregate=True, skip=True
    )
    path = tools.compile(conv.prepared_module(), tmp_path, levels=[isa])
    monkeypatch.setenv("CONVRT_ISA", isa)
    with runtime.open(path) as package:
        assert package.kernels["conv"].isa == isa
        random = np.random.default_rng([seed, 7])
        run_and_compare(package, conv, inputs_of(conv, 2, "gaussian", random), True)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("length", [300, 4096, 65536])
def test_poison_stays_in_its_row(poison, length, seed, runtime, tmp_path):
    conv = Conv(channels=5, length=length, taps=length, pregate=True)
    random = np.random.default_rng([seed, length])
    arrays = inputs_of(conv, 3, "gaussian", random)
    with runtime.open(tools.compile(conv.prepared_module(), tmp_path)) as package:
        spectrum = package.run("prepare", arrays["k"])
        clean = package.run("conv", arrays["u"], spectrum, arrays["pregate"])
        at = (1, 2, int(random.integers(length)))
        arrays["u"][at] = poison
        dirty = package.run("conv", arrays["u"], spectrum, arrays["pregate"])
    others = np.ones((3, 5), bool)
    others[1, 2] = False
    assert np.array_equal(clean[others], dirty[others])
    assert not np.isfinite(dirty[at])


def test_threads_change_no_bit(seed, runtime, tmp_path):
    conv = Conv(channels=7, length=4096, taps=4096)
    path = tools.compile(conv.prepared_module(), tmp_path)
    arrays = inputs_of(conv, 3, "gaussian", np.random.default_rng([seed, 3]))
    results = []
    for threads in (1, 2, 5):
        with runtime.open(path, threads) as package:
            spectrum = package.run("prepare", arrays["k"])
            results.append(package.run("conv", arrays["u"], spectrum))
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_empty_batch(runtime, tmp_path):
    conv = Conv(channels=2, length=1024, taps=1024)
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        u = np.zeros((0, 2, 1024), np.float32)
        assert package.run("conv", u, np.ones((2, 1024), np.float32)).shape == u.shape


def test_padding_after_the_output_is_untouched(seed, runtime, tmp_path):
    """Rows that end within a vector must not be stored past their end."""
    for length in (1, 17, 255, 1021):
        conv = Conv(channels=1, length=length, taps=length)
        directory = tmp_path / str(length)
        directory.mkdir()
        arrays = inputs_of(conv, 1, "gaussian", np.random.default_rng([seed, length]))
        buffer = np.full(length + 64, 7, np.float32)
        output = buffer[32 : 32 + length].reshape(1, 1, length)
        with runtime.open(tools.compile(conv.module(), directory)) as package:
            package.run_into("conv", arrays.values(), [output])
        assert (buffer[:32] == 7).all() and (buffer[32 + length :] == 7).all()
        want = reference.convolve(conv, **arrays)
        assert reference.relative_l2(output, want) <= 1e-6
