"""What ptxas makes of the kernels: registers, spills and the length of the loop over
rows, against a table of what they were."""

import json
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from conv_driver import tools
from conv_driver.source import Conv

TABLE = Path(__file__).parent / "gpu_resources.json"
PTXAS = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
INSTRUCTION = 16  # bytes
BRANCH = 0x947  # opcode, in the low 12 bits


def sections(image: bytes):
    """Name and contents of the sections of a 64-bit ELF file."""
    (offset,) = struct.unpack_from("<Q", image, 0x28)
    count, names = struct.unpack_from("<HH", image, 0x3C)
    headers = [
        struct.unpack_from("<IIQQQQIIQQ", image, offset + 64 * i) for i in range(count)
    ]
    for header in headers:
        start = headers[names][4] + header[0]
        name = image[start : image.index(b"\0", start)].decode()
        yield name, image[header[4] : header[4] + header[5]]


def longest_loop(code: bytes) -> int:
    """Instructions from the target of the farthest backward branch to the branch."""
    longest = 0
    for at in range(0, len(code), INSTRUCTION):
        low, high = struct.unpack_from("<QQ", code, at)
        if low & 0xFFF != BRANCH:
            continue
        # In units of 4 bytes from the next instruction: 8 bits, then 48.
        upper = ((low | high << 64) >> 34) & ((1 << 48) - 1)
        if upper >> 47:
            upper -= 1 << 48
        distance = ((upper << 8) | ((low >> 16) & 0xFF)) * 4
        longest = max(longest, -distance // INSTRUCTION)
    return longest


def resources(conv: Conv, directory: Path) -> dict[str, int]:
    """Of the kernel over rows of a convolution, for sm_90a."""
    source, ptx, cubin = (directory / f"conv.{end}" for end in ("mlir", "ptx", "cubin"))
    source.write_text(conv.module())
    tools.run([tools.tool("conv-translate"), "--mlir-to-ptx", source, "-o", ptx])
    command = [PTXAS, "-arch=sm_90a", "-v", ptx, "-o", cubin]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = done.stderr + done.stdout
    assert not re.search(r"C75\d\d", report), report
    ours = report[report.index("conv_rows") :].split("Compiling entry function")[0]
    (code,) = [
        c for n, c in sections(cubin.read_bytes()) if n.startswith(".text.conv_rows")
    ]
    return {
        "registers": int(re.search(r"Used (\d+) registers", ours)[1]),
        "spill_bytes": int(re.search(r"(\d+) bytes spill stores", ours)[1]),
        "loop": longest_loop(code),
    }


CASES = {
    f"{length} {accumulate}{' gated' if gated else ''}": (length, accumulate, gated)
    for length in (256, 512, 1024, 2048, 4096)
    for accumulate in ("f16", "f32")
    for gated in (False, True)
}


def conv_of(length: int, accumulate: str, gated: bool) -> Conv:
    tiles = length // 256
    warps, buffers = (8, 2) if tiles < 16 and not (gated and tiles == 8) else (4, 1)
    plan = (
        "algorithm = right_angle, arithmetic = f16, "
        f"factors = [16, {tiles}, 16], warps = {warps}, buffers = {buffers}, "
        f"accumulate = {accumulate}"
    )
    return Conv(
        channels=768,
        length=length,
        taps=length,
        dtype="f16",
        plan=plan,
        pregate=gated,
        postgate=gated,
    )


@pytest.mark.skipif(not PTXAS, reason="this machine has no ptxas")
@pytest.mark.parametrize("case", CASES)
def test_no_worse_than_the_table(case, tmp_path):
    now = resources(conv_of(*CASES[case]), tmp_path)
    table = json.loads(TABLE.read_text())[case]
    worse = {key: (now[key], was) for key, was in table.items() if now[key] > was}
    assert not worse, f"{case}: now, and in {TABLE.name}: {worse}"


def write_table(directory: Path) -> None:
    table = {case: resources(conv_of(*CASES[case]), directory) for case in CASES}
    lines = [f'  "{case}": {json.dumps(values)}' for case, values in table.items()]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
