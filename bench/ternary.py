"""Ternary and int8 products against oneDNN's int8 product and reading memory.

    python bench/ternary.py [--repeat N]

Prints tables of CPU time. Contenders take turns, each in a process of its own, for
as many rounds as --repeat says; a ratio is the median over rounds. oneDNN is torch's,
at its best of three ways to call it, once limited to AVX-512 VNNI and once free to use
AMX; ours likewise.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "integration_test")]

import lowbit
import measure
from conv_driver import tools

OUT = ROOT / "out" / "bench"
OUTPUTS = INPUTS = 2048
COPIES = 256  # of the packed weights, which no cache holds: 256 MB


def package(op: str, tiles: bool) -> Path:
    text = lowbit.product_module(op, None, OUTPUTS, INPUTS, {})
    return tools.compile(text, OUT, f"{op}-{tiles}", tiles=tiles)


def ours(path: Path, op: str, rows: int, threads: int, repeat: int, copies=1) -> dict:
    weights = OUTPUTS * INPUTS // (4 if op == "ternary_matmul" else 1)
    numbers = {"rows": rows, "outputs": OUTPUTS, "inputs": INPUTS, "copies": copies}
    numbers |= {"threads": threads, "repeat": repeat, "weight-bytes": weights}
    options = [f"--{key}={value}" for key, value in numbers.items()]
    return measure._json(
        [str(tools.tool("ternary-bench")), f"--package={path}", *options]
    )


def theirs(rows: int, threads: int, repeat: int, isa: str) -> dict:
    os.environ["ONEDNN_MAX_CPU_ISA"] = isa
    numbers = (rows, OUTPUTS, INPUTS, threads, repeat)
    script = [sys.executable, str(ROOT / "bench" / "torch_int8.py"), *map(str, numbers)]
    return measure._json(script)


def many_rows(rows: int, rounds: int) -> None:
    print(
        f"\n### [{rows}, {INPUTS}] x [{INPUTS}, {OUTPUTS}], CPU time of all threads\n"
    )
    print("| op | arithmetic | threads | ms | oneDNN, ms | oneDNN over ours |")
    print("| --- | --- | --- | --- | --- | --- |")
    levels = {"VNNI": (False, "AVX512_CORE_VNNI"), "AMX": (True, "AVX512_CORE_AMX")}
    for op in ("ternary_matmul", "int8_matmul"):
        for name, (tiles, isa) in levels.items():
            path = package(op, tiles)
            for threads in (1, 2):
                pairs = []
                for _ in range(rounds):
                    mine = ours(path, op, rows, threads, 15)["cpu_best"]
                    pairs.append((mine, theirs(rows, threads, 15, isa)["cpu_best"]))
                ratio = statistics.median(b / a for a, b in pairs)
                mine, other = (
                    statistics.median(c) * 1e3 for c in zip(*pairs, strict=True)
                )
                print(
                    f"| {op} | {name} | {threads} | {mine:.2f} | {other:.2f} | {ratio:.2f} |"
                )


def one_row(rounds: int) -> None:
    print("\n### One row, ternary, packed weights of 1 MB, over reading them\n")
    print("| weights from | threads | us | reading, us | CPU ratio | wall ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    path = package("ternary_matmul", tiles=True)
    for name, copies in (("memory", COPIES), ("cache", 1)):
        for threads in (1, 2):
            result = ours(path, "ternary_matmul", 1, threads, 5 * rounds, copies)
            print(
                f"| {name} | {threads} | {result['cpu'] * 1e6:.1f} "
                f"| {result['read_cpu'] * 1e6:.1f} | {result['ratio_cpu']:.2f} "
                f"| {result['ratio_wall']:.2f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="measure integer products")
    parser.add_argument("--repeat", type=int, default=5, help="rounds (5)")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    one_row(options.repeat)
    many_rows(128, options.repeat)


if __name__ == "__main__":
    main()
