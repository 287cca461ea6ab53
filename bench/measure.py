"""Measure one convolution: ours and FFTW side by side, then torch."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from conv_driver import tools
from conv_driver.source import BITS, Conv

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    length: int
    batch: int
    channels: int
    dtype: str = "f32"
    gated: bool = False
    fp16: bool = False  # the planner's choice for FP16 arithmetic

    @property
    def elements(self) -> int:
        return self.batch * self.channels * self.length

    @property
    def bytes(self) -> int:
        """Rows and gates read once, the result written once."""
        return self.elements * BITS[self.dtype] // 8 * (4 if self.gated else 2)

    @property
    def name(self) -> str:
        gated = "-gated" if self.gated else ""
        fp16 = "-fp16" if self.fp16 else ""
        return (
            f"n{self.length}-b{self.batch}-h{self.channels}-{self.dtype}{gated}{fp16}"
        )

    def conv(self) -> Conv:
        return Conv(
            batch=self.batch,
            channels=self.channels,
            length=self.length,
            taps=self.length,
            dtype=self.dtype,
            pregate=self.gated,
            postgate=self.gated,
        )


def _json(command: list[str]) -> dict:
    # Threads of OpenMP that spin after their work would disturb the next one's.
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def has_torch() -> bool:
    probe = [sys.executable, "-c", "import torch"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def run(
    case: Case,
    directory: Path,
    threads: int = 2,
    repeat: int = 5,
    fftw: bool = True,
    torch: bool = True,
) -> dict:
    """What conv-bench prints, with `compile`, `package` and `torch` added:
    seconds from text to package, its bytes, and a result per thread count."""
    text = case.conv().prepared_module()
    if case.fp16:
        text = tools.plan(text, directory, "f16")
    began = time.perf_counter()
    package = tools.compile(text, directory, case.name)
    seconds = time.perf_counter() - began
    shape = [f"--length={case.length}", f"--batch={case.batch}"]
    command = [str(tools.tool("conv-bench")), *shape]
    command += [f"--channels={case.channels}", f"--dtype={case.dtype}"]
    command += [f"--threads={threads}", f"--repeat={repeat}", f"--package={package}"]
    command += ["--gated"] * case.gated + ["--no-fftw"] * (not fftw)
    result = _json(command)
    result["compile"] = seconds
    result["package"] = package.stat().st_size
    result["torch"] = []
    torch = torch and has_torch()
    for count in range(1, threads + 1):
        numbers = (case.length, case.batch, case.channels, count, min(repeat, 5))
        script = [sys.executable, str(HERE / "torch_conv.py"), *map(str, numbers)]
        result["torch"].append(_json([*script, case.dtype]) if torch else None)
    return result
