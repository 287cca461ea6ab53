"""The runtime on a GPU, in the place of which the emulator stands."""

import subprocess

import numpy as np
import pytest
from conv_driver import tools
from conv_driver.runtime import RuntimeFailure


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package of the runtime's own tests: PTX for sm_80 and later."""
    path = tmp_path_factory.mktemp("device") / "test.convpkg"
    pack = tools.BUILD / "kernels_runtime" / "test" / "convrt-test-pack"
    subprocess.run([pack, "gpu", path], check=True)
    return path


@pytest.mark.parametrize("device", ["emulate", "emulate:sm_80", "emulate:sm_120"])
def test_runs_kernels(runtime, package, device, seed):
    rng = np.random.default_rng(seed)
    with runtime.open_on(device, package) as opened:
        assert opened.device.startswith("emulated sm_")
        assert opened.kernels["add"].isa == "sm_80"
        for batch in (1, 7, 64):
            x = rng.standard_normal((batch, 4), np.float32)
            w = rng.standard_normal(4, np.float32)
            np.testing.assert_array_equal(opened.run("add", x, w), x + w)
            # Two launches through a workspace of the runtime's.
            np.testing.assert_array_equal(opened.run("twice", w), w + 1 + 1)


def test_refuses_what_does_not_fit(runtime, package):
    with runtime.open_on("emulate", package) as opened:
        x, w = np.ones((3, 4), np.float32), np.ones(5, np.float32)
        with pytest.raises(RuntimeFailure, match="CONVRT_ERROR_SHAPE"):
            opened.run("add", x, w)
        x, w = np.asfortranarray(np.ones((3, 4), np.float32)), np.ones(4, np.float32)
        with pytest.raises(RuntimeFailure, match="not contiguous"):
            opened.run("add", x, w)


def test_says_what_is_missing(runtime, package, monkeypatch):
    monkeypatch.setenv("CONVRT_CUDA_LIBRARY", "/nowhere/libcuda.so.1")
    with pytest.raises(RuntimeFailure, match="CONVRT_ERROR_NO_DRIVER"):
        runtime.open_on("cuda", package)
    with pytest.raises(RuntimeFailure, match="CONVRT_ERROR_NO_DEVICE"):
        runtime.open_on("emulate:sm_70", package)
    with pytest.raises(RuntimeFailure, match="CONVRT_ERROR_UNSUPPORTED"):
        runtime.open(package)
