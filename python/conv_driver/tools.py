"""Run the tools of a build tree: $CONV_BUILD, or build/ beside this folder."""

import os
import resource
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CONV_BUILD", ROOT / "build"))


class ToolFailure(Exception):
    """A tool exited with an error; the text is what it wrote to stderr."""


def tool(name: str) -> Path:
    return BUILD / "bin" / name


def runtime() -> Runtime:
    return Runtime(BUILD / "kernels_runtime" / "libconvrt.so")


def _shown(word: str | Path) -> str:
    path = Path(word)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def run(command: Sequence[str | Path], say: Callable[[str], object] | None = None):
    """Run a tool, after saying how; returns what it wrote to stdout."""
    if say:
        say(f"$ {shlex.join(_shown(word) for word in command)}")
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ToolFailure(f"{shlex.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def compile(
    text: str,
    directory: Path,
    name: str = "conv",
    levels: Sequence[str] = ("host",),
    plan_first: bool = False,
    say: Callable[[str], object] | None = None,
    tiles: bool = True,
    target: str = "cpu",
) -> Path:
    """Compile MLIR text to a package in the directory; returns its path. With
    `plan_first`, conv-opt writes the plan into a file of its own on the way.
    Without `tiles` the package has no code for AMX. The target "cuda" takes
    architectures ("sm_90a") as levels, and gives PTX only."""
    source, package = directory / f"{name}.mlir", directory / f"{name}.pkg"
    source.write_text(text)
    if plan_first:
        planned = directory / f"{name}.planned.mlir"
        opt = [tool("conv-opt"), source, "--canonicalize", "--conv-plan"]
        run([*opt, "-o", planned], say)
        source = planned
    translate = [tool("conv-translate"), "--mlir-to-package", f"--target={target}"]
    if target == "cpu":
        translate.append(f"--levels={','.join(levels)}")
    else:
        archs = [level for level in levels if level != "host"] or ["sm_90a"]
        translate += [f"--archs={','.join(archs)}", "--assemble=false"]
    translate += [] if tiles else ["--tiles=false"]
    run([*translate, source, "-o", package], say)
    return package


def plan(text: str, directory: Path, arithmetic: str) -> str:
    """The MLIR text with the planner's choices for an arithmetic written into it."""
    source = directory / "plan.mlir"
    source.write_text(text)
    return run([tool("conv-opt"), source, f"--conv-plan=arithmetic={arithmetic}"])


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@dataclass(frozen=True)
class Compilation:
    seconds: float  # from text to package, the process included
    cpu: float  # CPU seconds of the same
    code: int  # bytes of the text section
    tables: int  # bytes of read-only data
    package: int


def compilation(text: str, directory: Path) -> Compilation:
    """How long compiling for this CPU takes (best of three), and its size."""
    walls, cpus = [], []
    for _ in range(3):
        wall, cpu = time.perf_counter(), _cpu_of_children()
        package = compile(text, directory, "compilation")
        walls.append(time.perf_counter() - wall)
        cpus.append(_cpu_of_children() - cpu)
    image = directory / "compilation.o"
    source = package.with_suffix(".mlir")
    run([tool("conv-translate"), "--mlir-to-object", source, "-o", image])
    sizes: dict[str, int] = {}
    for line in run(["llvm-size-22", "-A", image]).splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith("."):
            sizes[words[0]] = int(words[1])
    code = sum(size for name, size in sizes.items() if name.startswith(".text"))
    tables = sum(size for name, size in sizes.items() if name.startswith(".rodata"))
    return Compilation(min(walls), min(cpus), code, tables, package.stat().st_size)
