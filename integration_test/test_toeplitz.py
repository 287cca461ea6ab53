"""Toeplitz plans against float64: on AMX where the CPU has it."""

import numpy as np
import pytest
from conv_driver import tools
from conv_driver.source import Conv
from generate import SHAPES_OF_INPUT, inputs_of
from test_kernels import run_and_compare

PLAN = "algorithm = toeplitz, arithmetic = bf16"


@pytest.mark.parametrize("case", range(12))
def test_random(case, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, case])
    kind = str(random.choice(["causal", "circular", "bidirectional"]))
    length = int(random.choice([1, 16, 31, 64, 257, 700, 2048]))
    limit = 2 * length - 1 if kind == "bidirectional" else length
    conv = Conv(
        kind,
        channels=4,
        filter_rows=int(random.choice([1, 2, 4])),
        length=length,
        taps=int(random.integers(1, limit + 1)),
        dtype=str(random.choice(["f32", "bf16", "f16"])),
        pregate=bool(random.integers(2)),
        postgate=bool(random.integers(2)),
        plan=PLAN,
    )
    batch = int(random.choice([1, 15, 16, 17, 40]))
    print(f"CONV_TEST_SEED={seed} case {case}: {conv}, batch {batch}")
    with runtime.open(tools.compile(conv.module(), tmp_path), 2) as package:
        arrays = inputs_of(conv, batch, "gaussian", random)
        run_and_compare(package, conv, arrays, prepared=False)


def test_shapes_of_input(seed, runtime, tmp_path):
    conv = Conv(channels=3, length=600, taps=600, plan=PLAN)
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        for index, shape_of_input in enumerate(SHAPES_OF_INPUT):
            random = np.random.default_rng([seed, index])
            arrays = inputs_of(conv, 20, shape_of_input, random)
            run_and_compare(package, conv, arrays, False, shape_of_input)


@pytest.mark.parametrize("dtype", ["f32", "bf16"])
def test_sums_that_cancel(dtype, seed, runtime, tmp_path):
    """Constant rows with filters that sum to zero: what remains of the output is
    small beside the error of rounding taps and samples, which the bound allows
    for. Relative to the output alone it would not hold."""
    conv = Conv("circular", channels=4, length=600, taps=600, dtype=dtype, plan=PLAN)
    random = np.random.default_rng([seed, 600])
    arrays = inputs_of(conv, 16, "constant", random)
    arrays["k"] -= arrays["k"].mean(axis=1, keepdims=True)
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        error = run_and_compare(package, conv, arrays, False, "constant")
        assert error > package.kernels["conv"].bound


def test_poison_stays_in_its_row(seed, runtime, tmp_path):
    conv = Conv(channels=3, length=300, taps=300, plan=PLAN)
    random = np.random.default_rng([seed, 1])
    arrays = inputs_of(conv, 18, "gaussian", random)
    with runtime.open(tools.compile(conv.module(), tmp_path)) as package:
        clean = package.run("conv", arrays["u"], arrays["k"])
        arrays["u"][5, 1, 100] = np.nan
        dirty = package.run("conv", arrays["u"], arrays["k"])
    others = np.ones((18, 3), bool)
    others[5, 1] = False
    assert np.array_equal(clean[others], dirty[others])
    assert not np.isfinite(dirty[5, 1, 100])
