"""What the cost model of GPUs counts for a row, against what the emulator counts
when the kernel runs. Rows hold NaN here: only the counting is of interest."""

import json
import re

import pytest
from conv_driver import tools

# factors, warps, buffers, channels, batch, gates: of the warp family, then of the
# block family.
CASES = [
    ([16, 1, 16], 8, 2, 3, 32, 0),
    ([16, 4, 16], 8, 2, 2, 16, 2),
    ([16, 8, 16], 4, 1, 2, 8, 1),
    ([16, 16, 16], 6, 2, 1, 12, 0),
    ([16, 16, 1, 16], 16, 2, 2, 3, 0),
    ([16, 16, 2, 16], 8, 2, 1, 3, 2),
    ([16, 16, 2, 16], 16, 1, 1, 3, 0),
]
ENOUGH_BLOCKS = 1056  # of a grid; see countKernel


def module(factors, warps, buffers, channels, batch, gates) -> str:
    length = 1
    for factor in factors:
        length *= factor
    rows = f"tensor<{batch}x{channels}x{length}xf16>"
    spectrum = f"tensor<{channels}x{2 * length}xf16, #s>"
    names = ["pregate", "postgate"][:gates]
    arguments = "".join(f", %{name}: {rows}" for name in names)
    clauses = " ".join(f"{name}(%{name} : {rows})" for name in names)
    return f"""
#p = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = {factors},
                warps = {warps}, buffers = {buffers}>
#s = #conv.spectrum<kind = causal, length = {length}, taps = {length}, plan = #p>
func.func @conv(%u: {rows}, %s: {spectrum}{arguments}) -> {rows} {{
  %empty = tensor.empty() : {rows}
  %y = conv.long_conv causal ins(%u, %s : {rows}, {spectrum})
      {clauses} outs(%empty : {rows})
  return %y : {rows}
}}
"""


def counted(text: str, what: str) -> int:
    return int(re.search(rf"^ *{what} +(\d+)", text, re.MULTILINE)[1])


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case[0])))
def test_counts(case, tmp_path):
    factors, warps, _, channels, batch, gates = case
    source, ptx = tmp_path / "conv.mlir", tmp_path / "conv.ptx"
    source.write_text(module(*case))
    translate = tools.tool("conv-translate")
    tools.run([translate, "--mlir-to-ptx", source, "-o", ptx])
    text = tools.run([translate, "--plan-to-json", "--plan-device=sm_90a", source])
    plan = json.loads(text)[0]
    cost, length = plan["cost"], plan["problem"]["length"]

    at_once = warps if plan["choice"]["family"] == "warp" else 1
    blocks = min(-(-ENOUGH_BLOCKS // channels), -(-batch // at_once))
    buffers = [(batch, channels, length), (channels, 2 * length)]
    buffers += [(batch, channels, length)] * (gates + 1)
    arguments = [
        f"--arg=out:f2:{'x'.join(map(str, shape))},{tmp_path / f'{i}.npy'}"
        for i, shape in enumerate(buffers)
    ]
    stats = tools.run(
        [
            tools.BUILD / "emulator" / "ptx-emulate",
            ptx,
            *arguments,
            f"--arg=i32:{batch}",
            f"--grid={channels},{blocks}",
            f"--block={32 * warps}",
            f"--shared={int(cost['scratch_bytes'])}",
            "--stats",
        ]
    )
    rows = batch * channels
    moved = re.search(r"global bytes +(\d+) read, (\d+) written", stats)
    seen = {
        "mma": counted(stats, "tensor operations") / 4096,
        "shared_wavefronts": counted(stats, "shared wavefronts"),
        "l2_bytes": int(moved[1]) + int(moved[2]),
    }
    assert cost["mma"] == seen["mma"] / rows
    for what in ["shared_wavefronts", "l2_bytes"]:
        assert cost[what] == pytest.approx(seen[what] / rows, rel=0.05), what
    # Only F's fragments, which rows of 16 tiles read again, lie two lanes a bank.
    conflicts = [float(factor) for factor in re.findall(r"conflicts x([\d.]+)", stats)]
    assert max(conflicts) <= (1.05 if factors == [16, 16, 16] else 1.0)
