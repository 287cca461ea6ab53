"""The pages tell the truth: links lead somewhere, commands do what they show."""

import fnmatch
import os
import re
import subprocess
from pathlib import Path

import pytest
from conv_driver import tools

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)^```", re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    broken = []
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not (page.parent / target).exists():
            broken.append(target)
    assert not broken


def test_readme_shows_the_example():
    block = re.search(r"```mlir\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert block[1] == (ROOT / "examples" / "mlir" / "causal.mlir").read_text()


def test_reference_is_fresh():
    done = subprocess.run(
        [ROOT / "scripts" / "docs.sh", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def shown_commands(block: str) -> list[tuple[str, list[str]]]:
    """The `$` lines of a console block, with the output shown below each."""
    commands: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif line.startswith("> "):
            command, output = commands.pop()
            commands.append((command + "\n" + line[2:], output))
        elif line.strip() not in ("", "..."):
            commands[-1][1].append(line)
    return commands


def test_tutorial(tmp_path):
    """Runs the tutorial from top to bottom. In the output that it shows, `...`
    stands for anything, and every line must appear, in order."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    path = f"{tools.BUILD / 'bin'}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    ran = 0
    for name, language, body in BLOCK.findall((ROOT / "docs/tutorial.md").read_text()):
        if name:
            (tmp_path / name).write_text(body)
        if language != "console":
            continue
        for command, shown in shown_commands(body):
            done = subprocess.run(
                ["bash", "-ec", command],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"$ {command}\n{done.stdout}"
            rest = iter(done.stdout.splitlines())
            for line in shown:
                # Brackets are ordinary characters here, unlike in a shell.
                pattern = line.strip().replace("[", "[[]").replace("...", "*")
                assert any(fnmatch.fnmatchcase(got.strip(), pattern) for got in rest), (
                    f"$ {command}\nshows no line like: {line}\n{done.stdout}"
                )
            ran += 1
    assert ran >= 5
