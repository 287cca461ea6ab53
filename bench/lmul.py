"""Products by L-Mul against float32 products, in one process.

Compiles `lowbit.lmul_matmul` of [1024 x 128] x [128 x 1024], runs it in turn with
float32 matrix products (numpy's OpenBLAS and, where installed, torch), and prints
medians with the ratio of rates to the faster float32 product of the same round.
Every output is checked against the definition, of 64 rows, before it is timed.

    python bench/lmul.py [--m 1024] [--k 128] [--n 1024] [--rounds 41]

BLAS libraries read their number of threads when they start, so that each number of
threads is measured in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "integration_test")]

# name, semantics, format, plan, mantissa bits
VARIANTS = [
    ("adder f32, integer", "adder", "f32", "form = integer", None),
    ("adder bf16, integer", "adder", "bf16", "form = integer", None),
    ("adder f8E4M3FN, integer", "adder", "f8E4M3FN", "form = integer", None),
    ("equation f32, integer", "equation", "f32", "form = integer", None),
    ("equation bf16, integer", "equation", "bf16", "form = integer", None),
    ("equation bf16, matrix unit", "equation", "bf16", "form = matrix_unit", None),
    ("equation f32 of 7 bits, matrix unit", "equation", "f32", "form = matrix_unit", 7),
    (
        "equation f8E4M3FN, matrix unit",
        "equation",
        "f8E4M3FN",
        "form = matrix_unit",
        None,
    ),
]


def contenders(args, directory):
    """Pairs of a name and a function without arguments, outputs checked."""
    import lmul
    import numpy as np
    from conv_driver import tools

    random = np.random.default_rng(args.seed)
    a = random.standard_normal((args.m, args.k)).astype(np.float32)
    b = random.standard_normal((args.k, args.n)).astype(np.float32)
    out = np.empty((args.m, args.n), np.float32)
    result = {"float32, OpenBLAS": lambda: np.matmul(a, b, out=out)}
    try:
        import torch

        torch.set_num_threads(args.threads)
        left, right, sums = map(torch.from_numpy, (a, b, out))
        result["float32, torch"] = lambda: torch.matmul(left, right, out=sums)
        left16, right16 = left.bfloat16(), right.bfloat16()
        result["bf16, torch"] = lambda: torch.matmul(left16, right16)
    except ImportError:
        pass
    runtime = tools.runtime()
    for index, (name, semantics, form, plan, kept) in enumerate(VARIANTS):
        matmul = lmul.Matmul(
            semantics, lmul.FORMATS[form], n=args.n, k=args.k, kept=kept, plan=plan
        )
        path = tools.compile(matmul.module(), directory, f"lmul{index}")
        package = runtime.open(path, args.threads)
        x, y = (v.astype(matmul.form.dtype) for v in (a, b))
        sums = np.full((args.m, args.n), np.nan, np.float32)
        package.run_into("matmul", [x, y], [sums])
        want, magnitude = matmul.reference(x[:64], y)
        worst = np.max(np.abs(sums[:64] - want) / magnitude)
        if not worst < (2 * args.k + 2) * 2.0**-24:
            raise SystemExit(f"{name}: wrong by {worst:.1e} of the sum of magnitudes")
        result[name] = lambda p=package, i=(x, y), o=sums: p.run_into("matmul", i, [o])
    return result


def measure(args) -> dict:
    """Seconds of wall and CPU time of every round of every contender."""
    with tempfile.TemporaryDirectory() as directory:
        runs = contenders(args, Path(directory))
        times = {name: [] for name in runs}
        for run in runs.values():
            run()
        for _ in range(args.rounds):
            for name, run in runs.items():
                wall, cpu = time.perf_counter(), time.process_time()
                run()
                times[name].append(
                    (time.perf_counter() - wall, time.process_time() - cpu)
                )
    return times


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def table(args, threads: int, times: dict) -> str:
    lines = [
        f"{threads} thread{'s' * (threads > 1)}:",
        "",
        "| contender | ms | G products/s | rate / float32, wall | CPU time | best ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    base = [
        [min(times[name][r][clock] for name in times if name.startswith("float32"))
         for r in range(args.rounds)]
        for clock in range(2)
    ]  # fmt: skip
    products = args.m * args.n * args.k
    for name, rounds in times.items():
        wall = median([t[0] for t in rounds])
        ratios = [
            median([b / t[clock] for b, t in zip(base[clock], rounds, strict=True)])
            for clock in range(2)
        ]
        best = min(t[0] for t in rounds)
        lines.append(
            f"| {name} | {wall * 1e3:.2f} | {products / wall / 1e9:.1f} "
            f"| {ratios[0]:.2f} | {ratios[1]:.2f} | {best * 1e3:.2f} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in [("m", 1024), ("k", 128), ("n", 1024), ("rounds", 41)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="measure here, print JSON")
    args = parser.parse_args()
    if args.threads:
        print(json.dumps(measure(args)))
        return
    print(f"[{args.m} x {args.k}] x [{args.k} x {args.n}], {args.rounds} rounds\n")
    for threads in (1, 2):
        variables = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(variables, str(threads))}
        environment["OMP_WAIT_POLICY"] = "passive"
        command = [sys.executable, __file__, "--threads", str(threads)]
        for name in ("m", "k", "n", "rounds", "seed"):
            command += [f"--{name}", str(getattr(args, name))]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        print(table(args, threads, json.loads(done.stdout)))


if __name__ == "__main__":
    main()
