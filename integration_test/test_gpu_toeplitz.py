"""Products with the Toeplitz matrix on a GPU, against float64: compiled, launched by the
runtime and executed by the emulator under its sanitizer."""

import numpy as np
import pytest
from conv_driver.source import Conv
from test_gpu_kernels import BOUNDS, SCHEDULES, run_and_compare

KINDS = ["causal", "circular", "bidirectional"]


def plan(warps: int = 2, accumulate: str = "f32") -> str:
    return (
        "algorithm = toeplitz, arithmetic = f16, "
        f"warps = {warps}, accumulate = {accumulate}"
    )


@pytest.fixture(autouse=True)
def sanitizer(monkeypatch):
    monkeypatch.setenv("PTXEMU_SANITIZE", "1")


# Rows held as a whole and in chunks, that end within a segment, of every alignment.
@pytest.mark.parametrize("length", [1, 7, 64, 65, 250, 256, 511, 512, 1000, 1021, 2052])
@pytest.mark.parametrize("kind", KINDS)
def test_lengths(kind, length, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, length, KINDS.index(kind)])
    longest = min(2 * length - 1 if kind == "bidirectional" else length, 512)
    taps = int(random.choice([1, longest, random.integers(1, longest + 1)]))
    conv = Conv(kind, 2, length, taps, filter_rows=1, dtype="f16", plan=plan())
    batch = int(random.choice([1, 3, 17, 33]))
    run_and_compare(runtime, tmp_path, conv, batch, random, BOUNDS["f16", "f32"])


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_schedules(dtype, schedule, seed, runtime, tmp_path, monkeypatch):
    monkeypatch.setenv("PTXEMU_ORDER", schedule)
    monkeypatch.setenv("PTXEMU_SEED", str(seed))
    random = np.random.default_rng([seed, SCHEDULES.index(schedule)])
    for length in (200, 1300):
        conv = Conv("causal", 2, length, 130, dtype=dtype, plan=plan(3))
        run_and_compare(runtime, tmp_path, conv, 20, random, BOUNDS[dtype, "f32"])


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("gates", range(1, 8))
def test_gates(gates, dtype, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, gates])
    conv = Conv(
        kind=str(random.choice(KINDS)),
        channels=2,
        length=int(random.choice([61, 256, 300, 1026])),
        taps=int(random.integers(1, 60)),
        dtype=dtype,
        pregate=bool(gates & 1),
        postgate=bool(gates & 2),
        skip=bool(gates & 4),
        plan=plan(),
    )
    run_and_compare(runtime, tmp_path, conv, 19, random, BOUNDS[dtype, "f32"])


def test_narrow_accumulator(seed, runtime, tmp_path):
    random = np.random.default_rng(seed)
    conv = Conv(length=256, taps=256, dtype="f16", plan=plan(1, "f16"))
    run_and_compare(runtime, tmp_path, conv, 16, random, BOUNDS["f16", "f16"])


@pytest.mark.parametrize("taps", [1, 3, 4, 32])
@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_short(dtype, taps, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, taps])
    length = int(random.integers(1, 1200))
    taps = min(taps, length)
    conv = Conv("causal", 3, length, taps, dtype=dtype, op="short_conv")
    run_and_compare(runtime, tmp_path, conv, 5, random, BOUNDS[dtype, "f32"])
