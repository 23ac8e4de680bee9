"""The folder of a study, and the names of the files in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.atomic import write_text
from core.errors import UserError
from core.run_folder import make_folder
from core.settings_files import read_settings_file, write_settings


@dataclass(frozen=True)
class StudyFolder:
    """The folder of one study's results; its database, too, unless another storage was given."""

    path: Path

    @property
    def database(self) -> Path:
        """The study's database."""
        return self.path / "study.db"

    @property
    def best(self) -> Path:
        """The complete settings of the best trial, for `--config`."""
        return self.path / "best.yaml"

    @property
    def trials(self) -> Path:
        """Every trial, a line each."""
        return self.path / "trials.csv"

    @property
    def report(self) -> Path:
        """The page with the pictures."""
        return self.path / "report.html"

    @property
    def about(self) -> Path:
        """What the study is of: written first, so that no other writes into the folder."""
        return self.path / "study.yaml"

    @contextmanager
    def claimed(self, about: Mapping[str, Any]) -> Iterator[None]:
        """Make the folder for a study that the block begins; `about` says what it is, its name under `study`.

        If the block fails, a folder that was made for it vanishes.

        Raises:
            UserError: when the folder holds another study, or something that is none.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{self.path}: is a file; choose another --output")
        is_new = not self.about.is_file()
        make_folder(self.path)
        if self.about.is_file():
            held = read_settings_file(self.about).get("study")
            if held != about["study"]:
                raise UserError(
                    f"{self.path}: holds the study {held!r}; choose another --output for {about['study']!r}"
                )
        elif any(not one.name.startswith(f".{self.about.name}") for one in self.path.iterdir()):
            raise UserError(f"{self.path}: holds no study, but is not empty; choose another --output")
        else:
            write_text(self.about, write_settings(about))
        try:
            yield
        except BaseException:
            if is_new:
                self.about.unlink(missing_ok=True)
                with suppress(OSError):  # a database is in it
                    self.path.rmdir()
            raise
