"""Every tutorial does what it says: its commands, programs and files, in their order, in an empty folder."""

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs import page
from tests.docs.page import Example, missing_lines, read_examples
from tests.end_to_end.command import ROOT, run

PAGES = sorted((ROOT / "docs").glob("*.md"))
HOME = "/home/you"
"""The folder that a reader of the pages is in."""
IN_A_COPY = "adding"
"""The page that adds files to the checkout: it is gone through in a copy."""


def test_the_reader_of_pages() -> None:
    assert doctest.testmod(page).failed == 0


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    assert [one.name for one in PAGES if f"({one.name})" not in index] == ["README.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda one: one.stem)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize(
    "path", [one for one in PAGES if one.stem not in ("README", IN_A_COPY)], ids=lambda one: one.stem
)
def test_a_tutorial(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done, missing = 0, set()
    for example in read_examples(path):
        lacking = [name for name in example.needs if not find_spec(name)]
        missing.update(lacking)
        if not lacking:
            check(path, example, tmp_path, capsys)
            done += 1
    assert done > 3
    if missing:
        pytest.skip(f"all but the blocks that need {', '.join(sorted(missing))} did what the page says")


def check(path: Path, example: Example, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"{path.name}, line {example.line}"
    if example.file:
        write(folder / example.file, example.text)
        return
    if example.language == "python":
        code, printed = program(example.text, folder, ROOT)
    else:
        words = shlex.split(example.text, comments=True)
        assert words[:2] == ["python", "run.py"], f"{place}: {example.text}"
        capsys.readouterr()
        code, out = run(*words[2:]), capsys.readouterr()
        printed = out.out + out.err
    is_mistake = any(line.startswith("error:") for line in example.expected)
    assert code == (2 if is_mistake else 0), f"{place}: exit code {code}\n{printed}"
    printed = printed.replace(str(folder), HOME)
    assert not missing_lines(example.expected, printed), f"{place}, printed:\n{printed}"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def program(text: str, folder: Path, checkout: Path, *words: str) -> tuple[int, str]:
    """Run a program, or Python with other words, and return its exit code and what it prints."""
    done = subprocess.run(
        [sys.executable, *(words or ("-c", text))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_adding_to_a_copy_of_the_checkout(tmp_path: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs git, which lists the files of the checkout")
    for name in listed.stdout.splitlines():
        if not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file():
            write(tmp_path / name, (ROOT / name).read_text(encoding="utf-8", errors="replace"))
    path = ROOT / "docs" / f"{IN_A_COPY}.md"
    examples = read_examples(path)
    for example in examples:
        if example.file:
            write(tmp_path / example.file, example.text)
    commands = [one for one in examples if one.text.startswith("python run.py ")]
    answers = iter(answers_of_one_process([shlex.split(one.text)[2:] for one in commands], tmp_path))
    for example in examples:
        if example.file:
            continue
        words = () if example.language == "python" else tuple(shlex.split(example.text)[1:])
        code, printed = next(answers) if example in commands else program(example.text, tmp_path, tmp_path, *words)
        place = f"{path.name}, line {example.line}"
        assert code == 0, f"{place}: exit code {code}\n{printed}"
        assert not missing_lines(example.expected, printed), f"{place}, printed:\n{printed}"
    assert len(commands) > 3


def answers_of_one_process(commands: list[list[str]], checkout: Path) -> list[tuple[int, str]]:
    """Run commands of a checkout, one after the other, and return their exit codes and what they print.

    One process loads torch once for all. It is not this one, which has loaded the modules of another checkout.
    """
    code, printed = program(_EACH, checkout, checkout, "-c", _EACH, json.dumps(commands))
    parts = re.split(r"^exit code (\d+)\n", printed, flags=re.MULTILINE)
    assert code == 0, printed
    assert len(parts) == 2 * len(commands) + 1, printed
    return [(int(parts[at + 1]), parts[at]) for at in range(0, 2 * len(commands), 2)]


_EACH = """
import json, sys
from pathlib import Path
from core.command_line import main
from graphcl.domain import domain as graphs
from recsys.domain import domain as sequences
sys.stderr = sys.stdout
for words in json.loads(sys.argv[1]):
    print("exit code", main([graphs, sequences], Path("configs"), words))
"""
