"""What README.md and CONTRIBUTING.md say is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


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
    named = set(re.findall(r"`((?:core|datasets|graphcl|configs|benchmarks|tests|\.ci)/[\w./-]*)`", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
