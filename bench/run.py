"""The benchmark behind `make bench`.

Every row of the tables comes from one process in which ours, FFTW and a copy
take turns; torch follows at once in a process of its own. Medians, and medians
of the ratios within a round. Writes out/bench/results.json and out/bench/table.md.

    make bench                    everything, about a quarter of an hour
    make bench BENCH=--quick      1K, 4K and 16K only
"""

import argparse
import datetime
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python"))

import measure
from conv_driver import tools
from measure import Case

OUT = ROOT / "out" / "bench"
TOTAL = 1 << 25  # samples, 128 MB of fp32
LENGTHS = {"1K": 1 << 10, "4K": 1 << 12, "16K": 1 << 14, "64K": 1 << 16, "1M": 1 << 20}
AWKWARD = {"1021": 1021, "3072": 3072, "14113": 14113, "49152": 49152}


def case(length: int, batch: int = 8, **options) -> Case:
    channels = max(1, TOTAL // (length * batch))
    return Case(length, batch, channels, **options)


def machine() -> str:
    """The processor's name and how many of it there are."""
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = names[0] if names else "unknown processor"
    return f"{model}, {os.cpu_count()} CPUs"


class Report:
    """Runs cases, prints rows as they come, and keeps everything."""

    def __init__(self, repeat: int):
        self.repeat = repeat
        self.results: list[dict] = []
        self.lines: list[str] = []

    def say(self, line: str = "") -> None:
        print(line, flush=True)
        self.lines.append(line)

    def header(self, title: str, *columns: str) -> None:
        self.say(f"\n### {title}\n")
        self.say(f"| {' | '.join(columns)} |")
        self.say("| --- " * len(columns) + "|")

    def row(self, *cells: object) -> None:
        self.say(f"| {' | '.join(map(str, cells))} |")

    def run(self, what: Case, **options) -> dict | None:
        """The result, or None with the reason said in the report."""
        print(f"... {what.name}", file=sys.stderr, flush=True)
        try:
            result = measure.run(what, OUT, repeat=self.repeat, **options)
        except (RuntimeError, tools.ToolFailure) as failure:
            lines = str(failure).strip().splitlines()
            errors = [line for line in lines if "error:" in line] or lines
            self.row(what.name, f"failed: {errors[0]}")
            return None
        result["case"] = what.name
        self.results.append(result)
        return result


def by_length(report: Report, lengths: dict[str, int], batch: int, clock: str) -> None:
    time = {"wall": "wall time", "cpu": "CPU time of all threads"}[clock]
    report.header(
        f"fp32, causal, B = {batch}, {time}",
        "N", "threads", "ms", "ns an element and core", "GB/s", "x copy",
        "vs FFTW", "vs torch", "error", "FFTW's error",
    )  # fmt: skip
    for name, length in lengths.items():
        what = case(length, batch)
        known = [r for r in report.results if r["case"] == what.name]
        result = known[0] if known else report.run(what)
        if result is None:
            continue
        for run, torch in zip(result["runs"], result["torch"], strict=True):
            ours = run["ours"][clock]
            cores = run["threads"] if clock == "wall" else 1
            report.row(
                name,
                run["threads"],
                f"{ours * 1e3:.1f}",
                f"{ours * cores / what.elements * 1e9:.2f}",
                f"{what.bytes / ours / 1e9:.1f}",
                f"{run['ours_over_copy'][clock]:.1f}",
                f"{run['fftw_over_ours'][clock]:.2f}",
                f"{torch[clock] / ours:.1f}" if torch else "absent",
                f"{result['error']['ours']:.1e}",
                f"{result['error']['fftw']:.1e}",
            )


def against_plain(report: Report, title: str, cases: list[tuple[Case, Case]]) -> None:
    """Variants against a plain fp32 case, per element, by CPU time, 1 thread."""
    report.header(
        title, "case", "against", "ns an element", "its ns an element",
        "time ratio", "bytes ratio", "error",
    )  # fmt: skip
    for what, plain in cases:
        # In turns, and the better of two: they cannot share a process.
        results = [
            (c, report.run(c, threads=1, fftw=False, torch=False))
            for c in (what, plain, what, plain)
        ]
        if any(result is None for _, result in results):
            continue
        ours, theirs = (
            min(r["runs"][0]["ours"]["cpu"] for c, r in results if c is wanted)
            / wanted.elements
            * 1e9
            for wanted in (what, plain)
        )
        report.row(
            what.name,
            plain.name,
            f"{ours:.2f}",
            f"{theirs:.2f}",
            f"{ours / theirs:.2f}",
            f"{what.bytes * plain.elements / plain.bytes / what.elements:.2f}",
            f"{results[0][1]['error']['ours']:.1e}",
        )


def compilation(report: Report, lengths: dict[str, int]) -> None:
    report.header(
        "Compilation, for this CPU only", "N", "seconds, text to package",
        "CPU seconds", "bytes of code", "bytes of tables", "bytes of package",
    )  # fmt: skip
    for name, length in lengths.items():
        facts = tools.compilation(case(length).conv().prepared_module(), OUT)
        report.row(
            name,
            f"{facts.seconds:.2f}",
            f"{facts.cpu:.2f}",
            facts.code,
            facts.tables,
            facts.package,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="measure against FFTW and torch")
    parser.add_argument("--quick", action="store_true", help="1K, 4K and 16K only")
    parser.add_argument("--repeat", type=int, default=7, help="rounds (7)")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    lengths = dict(list(LENGTHS.items())[:3]) if options.quick else LENGTHS
    report = Report(options.repeat)
    today = datetime.datetime.now(datetime.UTC).date()
    report.say(f"{machine()}; {today}; {TOTAL * 4 >> 20} MB each way.")
    report.say("FFTW is Debian's (SSE2 and AVX code), fused a row at a time.")

    by_length(report, lengths, batch=8, clock="wall")
    by_length(report, lengths, batch=8, clock="cpu")
    by_length(report, lengths, batch=1, clock="cpu")
    plain = case(4096)
    variants = [(case(n, dtype="bf16"), case(n)) for n in lengths.values()]
    variants += [(case(4096, gated=True), plain)]
    # FP16 blocks end at 1,024 samples, so longer rows are mostly products.
    short = [n for n in lengths.values() if n <= 1 << 14]
    variants += [(case(n, dtype="f16", fp16=True), case(n)) for n in short]
    against_plain(report, "16-bit, gated and FP16 arithmetic", variants)
    if not options.quick:
        awkward = [(case(n), case(1 << (n - 1).bit_length())) for n in AWKWARD.values()]
        against_plain(report, "Awkward lengths, next power of two", awkward)
    compilation(report, lengths)

    (OUT / "table.md").write_text("\n".join(report.lines) + "\n")
    facts = {"machine": machine(), "date": str(today), "results": report.results}
    (OUT / "results.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"\nwrote {OUT.relative_to(ROOT)}/table.md and results.json")


if __name__ == "__main__":
    main()
