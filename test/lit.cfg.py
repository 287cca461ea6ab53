# Configuration of the lit suite.
#
#   conv-opt, conv-run, ...  the tools of the build tree
#   FileCheck, not, ...      LLVM 22's tools
#   %python                  an interpreter, with numpy if feature `numpy` is set
#   %cc                      the C compiler of the build
#
# Features name what the machine can do: avx2, avx512, avx512fp16, amx, ptxas,
# numpy, root. A test that needs one says REQUIRES, and is otherwise reported
# as unsupported, never as passed.
#
# --param verify_roundtrip=1 makes every conv-opt call check that its input
# survives printing and parsing.

import os
import platform
import shutil
import subprocess

import lit.formats

config.name = "conv"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.excludes = ["Inputs"]

roundtrip = lit_config.params.get("verify_roundtrip", "0") == "1"
if roundtrip:
    config.name = "conv-verify-roundtrip"
    config.available_features.add("verify-roundtrip")

config.environment["PATH"] = os.path.pathsep.join(
    [config.conv_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)
# Children must not inherit a thread count or cache of the developer's shell.
for name in list(config.environment):
    if name.startswith("CONV_"):
        del config.environment[name]

python = config.python or shutil.which("python3") or "python3"
config.substitutions.append(("%python", python))
config.substitutions.append(("%cc", config.host_cc))
config.substitutions.append(("%conv_src", config.conv_source_dir))
config.substitutions.append(("%conv_obj", config.conv_binary_dir))
config.substitutions.append(("%conv_tools", config.conv_tools_dir))
config.substitutions.append(("%llvm_tools", config.llvm_tools_dir))


def add_tool(name, replacement):
    """Replace the word `name` where it starts a command."""
    config.substitutions.append((r"(?<![-./\w])" + name + r"(?![-./\w])", replacement))


opt = os.path.join(config.conv_tools_dir, "conv-opt")
add_tool("conv-opt", opt + (" --verify-roundtrip" if roundtrip else ""))


def cpu_flags():
    try:
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith("flags"):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


flags = cpu_flags()
if platform.machine() in ("x86_64", "AMD64"):
    config.available_features.add("x86")
if {"avx2", "fma", "f16c"} <= flags:
    config.available_features.add("avx2")
if {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= flags:
    config.available_features.add("avx512")
if "avx512_fp16" in flags:
    config.available_features.add("avx512fp16")
if {"amx_tile", "amx_bf16"} <= flags:
    config.available_features.add("amx")

ptxas = shutil.which("ptxas", path=config.environment["PATH"])
if ptxas:
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))
if hasattr(os, "geteuid") and os.geteuid() == 0:
    config.available_features.add("root")
if (
    subprocess.run(
        [python, "-c", "import numpy"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode
    == 0
):
    config.available_features.add("numpy")
if config.sanitize:
    config.available_features.add("sanitize")
