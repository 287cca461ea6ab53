"""Run the tests of one or more build trees and count every case.

    run_tests.py BUILD_DIR...

ctest knows a lit or pytest suite as one test. Those are run one by one with a
JUnit file each, and their cases are counted; every other ctest test is a case by
itself. The last line printed is `N passed, N failed[, N skipped]`, and the exit
code is zero only if something passed and nothing failed.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

JOBS = os.environ.get("JOBS") or str(os.cpu_count() or 1)
TIMEOUT = "900"  # seconds a test


@dataclass
class Tally:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def read_junit(self, path: Path, prefix: str) -> int:
        """Add the cases of a JUnit file; say how many it had."""
        if not path.exists():
            return 0
        cases = list(ElementTree.parse(path).iter("testcase"))
        for case in cases:
            names = [case.get("classname", ""), case.get("name", "")]
            name = f"{prefix}: {'/'.join(dict.fromkeys(n for n in names if n))}"
            if (
                case.find("failure") is not None
                or case.find("error") is not None
                or case.get("status") in ("fail", "notrun")
            ):
                self.failed.append(name)
                print(f"\n--- {name}\n{output_of(case)}", flush=True)
            elif case.find("skipped") is not None or case.get("status") == "disabled":
                self.skipped.append(name)
            else:
                self.passed += 1
        return len(cases)


def output_of(case: ElementTree.Element) -> str:
    """The end of what a failed case said."""
    parts = [case.find(tag) for tag in ("failure", "error", "system-out")]
    texts = [
        part.text or part.get("message") or "" for part in parts if part is not None
    ]
    return "\n".join("\n".join(texts).splitlines()[-60:])


def is_suite(test: dict) -> bool:
    """Whether a ctest test is a whole lit or pytest run."""
    words = [Path(word).name for word in test.get("command", [])]
    return any(word in ("lit", "llvm-lit", "pytest") for word in words)


def run_ctest(build: Path, arguments: list[str], environment: dict) -> int:
    command = ["ctest", "--test-dir", str(build), "--timeout", TIMEOUT]
    command += ["--output-on-failure", "--no-tests=ignore", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, check=False
    ).returncode


def run_build(build: Path, tally: Tally) -> None:
    listing = subprocess.run(
        ["ctest", "--test-dir", str(build), "--show-only=json-v1"],
        capture_output=True, text=True, check=True)  # fmt: skip
    tests = json.loads(listing.stdout)["tests"]
    suites = [test["name"] for test in tests if is_suite(test)]
    reports = build / "junit"
    reports.mkdir(exist_ok=True)
    for old in reports.glob("*.xml"):
        old.unlink()

    print(f"==> {build.name}: {len(tests) - len(suites)} tests", flush=True)
    report = reports / "ctest.xml"
    exclude = ["-E", f"^({'|'.join(map(re.escape, suites))})$"] if suites else []
    code = run_ctest(
        build, ["-j", JOBS, "--quiet", "--output-junit", str(report), *exclude], {}
    )
    failures = len(tally.failed)
    tally.read_junit(report, build.name)
    if code != 0 and len(tally.failed) == failures:
        tally.failed.append(f"{build.name}: ctest exited with {code}")

    for suite in suites:
        print(f"==> {build.name}: suite {suite}", flush=True)
        report = reports / (re.sub(r"\W+", "-", suite) + ".xml")
        code = run_ctest(
            build,
            ["-R", f"^{re.escape(suite)}$", "--quiet"],
            {
                "LIT_OPTS": f"-sv --xunit-xml-output={report}",
                "PYTEST_ADDOPTS": f"--junitxml={report}",
            },
        )
        failures = len(tally.failed)
        cases = tally.read_junit(report, suite)
        if cases == 0 or (code != 0 and len(tally.failed) == failures):
            tally.failed.append(f"{suite}: exited with {code} after {cases} cases")


def main() -> int:
    tally = Tally()
    for build in sys.argv[1:]:
        run_build(Path(build).resolve(), tally)
    for kind, names in (("skipped", tally.skipped), ("failed", tally.failed)):
        for name in names:
            print(f"{kind}: {name}")
    closing = f"{tally.passed} passed, {len(tally.failed)} failed"
    if tally.skipped:
        closing += f", {len(tally.skipped)} skipped"
    print(closing)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
