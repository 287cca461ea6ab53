"""The command line of the reports."""

import argparse
import sys
from pathlib import Path

import numpy as np
from conv_driver import tools

from . import __doc__ as summary
from . import energy, numerics


def save(out: Path | None, name: str, text: str, plot) -> None:
    print(text)
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.md").write_text(text)
    try:
        plot(out / f"{name}.png")
    except ImportError:
        print("no plot: matplotlib is not installed", file=sys.stderr)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="lmul_report",
        description=summary,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="folder for tables and plots")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("numerics", help="errors of L-Mul")
    command.add_argument("--data", type=Path, help="an array whose numbers are paired")
    command.add_argument("--seed", type=int, default=1)
    command = commands.add_parser("energy", help="energy of the products of a module")
    command.add_argument("module", type=Path, help="MLIR, planned or not")
    command.add_argument("--size", type=int, help="what dynamic sizes are taken as")
    options = parser.parse_args(arguments)

    if options.command == "numerics":
        data = None if options.data is None else np.load(options.data)
        text, rows = numerics.report(data, options.seed)
        save(options.out, "numerics", text, lambda path: numerics.plot(rows, path))
        return
    planned = tools.run([tools.tool("conv-opt"), "--lowbit-plan", options.module])
    try:
        counts = energy.count(planned, options.size)
    except energy.UnknownSize as error:
        sys.exit(f"{options.module}: {error}")
    if not counts:
        sys.exit(f"{options.module}: no lowbit.lmul or lowbit.lmul_matmul in it")
    text = energy.report(counts)
    save(options.out, "energy", text, lambda path: energy.plot(counts, path))


if __name__ == "__main__":
    main()
