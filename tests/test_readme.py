"""What README.md and CONTRIBUTING.md say is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"graph": ["Mi-F1 20", "NMI"], "recsys": ["HR@10", "NDCG@10"]}
"""The pages of results and the columns that README.md shows, in its order."""


def test_the_python_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    quick = example.replace("epochs=40", "epochs=2")
    assert quick != example
    done = subprocess.run([sys.executable, "-c", quick], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("(900, 64) 0.")


def test_ci_does_what_the_readme_says() -> None:
    (extras,) = set(re.findall(r"install -e (\"\.\[.*?\]\")", README))
    assert f"install --quiet --disable-pip-version-check -e {extras}" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_paths_that_are_named_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:core|datasets|graphcl|recsys|docs|configs|benchmarks|tests|\.ci)/[\w./-]*)`", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def tables(text: str) -> list[list[list[str]]]:
    """Return the cells of every Markdown table, row by row, less the line below its head."""
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    rows = [[[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()] for block in blocks]
    return [[table[0], *table[2:]] for table in rows]


def figures(page: str) -> dict[tuple[str, str], list[str]]:
    """Return the columns of a page by data set and row.

    Rows are called as there, in lower case, less the number of seeds and the note; what a paper says of a model that
    was also run is called so.
    """
    text = (ROOT / "benchmarks/results" / f"{page}.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, measured = section.splitlines()[0], tables(section)
        for row in measured[0][1:] if measured else []:
            values = dict(zip(measured[0][0], row, strict=True))
            title = re.sub(r" (\(\d+ seeds?\)|\[\d+\])$", "", row[0]).lower()
            if (name, title) in found:
                title += ", as published"
            if all(column in values for column in PAGES[page]):
                found[name, title] = [values[column] for column in PAGES[page]]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_readme_shows_what_the_pages_say(page: str) -> None:
    section = README.split("\n## Results\n")[1].split("\n## ")[0]
    (head, *rows) = tables(section)[list(PAGES).index(page)]
    known = figures(page)
    shown = 0
    for row in rows:
        for dataset, cell in zip(head[1:], row[1:], strict=True):
            if cell != "-":
                assert cell.split(" / ") == known[dataset, row[0].lower()], (row[0], dataset)
                shown += 1
    assert shown >= len(rows)
