import sys
from pathlib import Path

import pytest

from datasets.interop.installed_package import package_folder


def test_a_package_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fails_when_imported"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    (tmp_path / "single_file.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    assert package_folder("fails_when_imported") == package
    assert "fails_when_imported" not in sys.modules
    assert package_folder("single_file") is None
    assert package_folder("not_there_at_all") is None
