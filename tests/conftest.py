"""Fixtures of all tests. The tests run in two processes (see pyproject.toml), so that each gets one thread."""

import os
from pathlib import Path

import pytest

# Before anything imports torch; child processes inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of the public data sets, one sub-folder each; without it the tests that need it skip."""
    named = os.environ.get("CONTRAST_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("needs the public data files: set CONTRAST_DATA to the folder that holds acm, dblp, ...")
    return Path(named)


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep derived files of one test away from every other test and from the user's cache."""
    folder = tmp_path_factory.mktemp("derived")
    monkeypatch.setenv("CONTRAST_CACHE", str(folder))
    return folder
