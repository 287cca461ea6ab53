"""GPU kernels against float64: compiled to PTX and machine code, opened and launched
by the runtime, executed by the emulator under its sanitizer."""

import shutil

import numpy as np
import pytest
from conv_driver import reference, tools
from conv_driver.source import Conv
from generate import inputs_of

# Relative L2 against float64, by format and accumulator.
BOUNDS = {("f16", "f32"): 1.0e-3, ("f16", "f16"): 1.1e-3, ("bf16", "f32"): 2.2e-3,
          ("bf16", "f16"): 2.2e-3}  # fmt: skip

# The filters of convolution models decay. One that does not spreads half of the
# result's energy over the samples past the row's end, which are not part of it, while
# the error stays where it is: at most a root of two more.
DECAY = 4.0

# A cell for each tile count of the warp family, and rows that do not fill theirs:
# of odd length, of 2 and 4 bytes alignment, shorter than a tile's row.
LENGTHS = [40, 255, 256, 500, 512, 1021, 1024, 1500, 2048, 4093, 4096, 5000, 8192]
SCHEDULES = ["inorder", "reverse", "random"]


def run_and_compare(
    runtime, directory, conv: Conv, batch: int, random, bound: float, arch="sm_90a"
):
    path = tools.compile(conv.module(), directory, levels=[arch], target="cuda")
    arrays = inputs_of(conv, batch, "gaussian", random)
    origin = (conv.taps - 1) // 2 if conv.kind == "bidirectional" else 0
    lags = np.abs(np.arange(conv.taps) - origin)
    decay = np.exp(-DECAY * lags / conv.taps)
    arrays["k"] = (arrays["k"] * decay).astype(np.float32)
    with runtime.open_on(f"emulate:{arch}", path) as package:
        kernel = package.kernels["conv"]
        got = package.run("conv", *arrays.values())
    want = reference.convolve(conv, **arrays)
    error = reference.relative_l2(got, want)
    assert error <= bound, f"{conv}: relative L2 {error:.3e}"
    assert error <= kernel.bound, f"{conv}: the package states {kernel.bound:.1e}"


@pytest.fixture(autouse=True)
def sanitizer(monkeypatch):
    monkeypatch.setenv("PTXEMU_SANITIZE", "1")


@pytest.mark.parametrize("length", LENGTHS)
def test_lengths(length, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, length])
    conv = Conv(channels=1, length=length, taps=length, dtype="f16")
    run_and_compare(runtime, tmp_path, conv, 2, random, BOUNDS["f16", "f32"])


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", ["causal", "circular", "bidirectional"])
def test_kinds(kind, schedule, seed, runtime, tmp_path, monkeypatch):
    monkeypatch.setenv("PTXEMU_ORDER", schedule)
    monkeypatch.setenv("PTXEMU_SEED", str(seed))
    random = np.random.default_rng([seed, SCHEDULES.index(schedule)])
    length = int(random.integers(257, 1024))
    taps = 2 * length - 1 if kind == "bidirectional" else length
    conv = Conv(kind, 4, length, taps, filter_rows=2, dtype="f16")
    run_and_compare(runtime, tmp_path, conv, 3, random, BOUNDS["f16", "f32"])


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("gates", range(8))
def test_gates(gates, dtype, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, gates])
    conv = Conv(
        channels=2,
        length=int(random.choice([510, 512, 1000, 1024])),
        taps=100,
        dtype=dtype,
        pregate=bool(gates & 1),
        postgate=bool(gates & 2),
        skip=bool(gates & 4),
    )
    run_and_compare(runtime, tmp_path, conv, 3, random, BOUNDS[dtype, "f32"])


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("tiles", [1, 2, 4, 8, 16])
def test_narrow_accumulators(tiles, dtype, seed, runtime, tmp_path):
    random = np.random.default_rng([seed, tiles])
    length = 256 * tiles
    plan = (
        "algorithm = right_angle, arithmetic = f16, "
        f"factors = [16, {tiles}, 16], warps = 2, buffers = 1, accumulate = f16"
    )
    conv = Conv(length=length, taps=length, dtype=dtype, plan=plan)
    run_and_compare(runtime, tmp_path, conv, 3, random, BOUNDS[dtype, "f16"])


ARCHS = ["sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120"]


@pytest.mark.parametrize("length", [1000, 3000])
@pytest.mark.parametrize("arch", ARCHS)
def test_architectures(arch, length, seed, runtime, tmp_path):
    """Without stmatrix before sm_90, and with less shared memory here and there."""
    random = np.random.default_rng([seed, length])
    conv = Conv(length=length, taps=length, dtype="bf16", postgate=True, skip=True)
    bound = BOUNDS["bf16", "f32"]
    run_and_compare(runtime, tmp_path, conv, 2, random, bound, arch)


@pytest.mark.parametrize("length", [256, 500, 1000, 2048, 4096, 8192])
def test_machine_code(length, tmp_path):
    """Every architecture's kernels assemble."""
    ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
    if not ptxas:
        pytest.skip("this machine has no ptxas")
    source, package = tmp_path / "conv.mlir", tmp_path / "conv.pkg"
    source.write_text(Conv(length=length, taps=length, dtype="f16").module())
    translate = [tools.tool("conv-translate"), "--mlir-to-package", "--target=cuda"]
    tools.run([*translate, f"--archs={','.join(ARCHS)}", source, "-o", package])
    listing = tools.run([tools.tool("conv-translate"), "--list-package", package])
    for arch in ARCHS:  # machine code, and PTX for what comes later
        assert listing.count(f"image {arch}\n") == 2


# Rows in a block: N, batch, format, accumulator, warps, buffers, gates. All tile counts,
# one and two rows of the inner transform a warp, with and without the samples of the
# next row, and rows at every alignment.
BLOCKS = [
    (5000, 3, "f16", "f32", 16, 2, 0),
    (8191, 2, "bf16", "f32", 8, 1, 7),
    (8192, 2, "f16", "f16", 8, 2, 3),
    (9998, 2, "f16", "f32", 16, 1, 5),
    (16383, 1, "f16", "f32", 16, 2, 1),
    (16384, 2, "bf16", "f16", 8, 2, 6),
    (32768, 1, "f16", "f32", 16, 2, 4),
]


@pytest.mark.parametrize("cell", BLOCKS, ids=lambda cell: "-".join(map(str, cell)))
def test_blocks(cell, seed, runtime, tmp_path, monkeypatch):
    length, batch, dtype, accumulate, warps, buffers, gates = cell
    monkeypatch.setenv("PTXEMU_ORDER", "random")
    monkeypatch.setenv("PTXEMU_SEED", str(seed))
    tiles = 2 if length <= 8192 else 4 if length <= 16384 else 8
    plan = (
        "algorithm = right_angle, arithmetic = f16, "
        f"factors = [16, 16, {tiles}, 16], warps = {warps}, buffers = {buffers}, "
        f"accumulate = {accumulate}"
    )
    conv = Conv(
        length=length,
        taps=length,
        dtype=dtype,
        plan=plan,
        pregate=bool(gates & 1),
        postgate=bool(gates & 2),
        skip=bool(gates & 4),
    )
    random = np.random.default_rng([seed, length])
    run_and_compare(runtime, tmp_path, conv, batch, random, BOUNDS[dtype, accumulate])
