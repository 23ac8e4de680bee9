"""What a user may say to an inspection where the names of files and columns do not."""

import os
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError


@dataclass(frozen=True)
class GraphWishes:
    """Of a graph: the node type to embed, the column of its classes, and the most steps of a suggested meta-path."""

    target: str | None = None
    label: str | None = None
    steps: int | None = None

    @property
    def most_steps(self) -> int:
        """The most steps, by default enough to go out over two relations and back."""
        return self.steps or 4


@dataclass(frozen=True)
class LogWishes:
    """Of a log: the columns of users, items and times."""

    user: str | None = None
    item: str | None = None
    time: str | None = None


def refuse(wishes: GraphWishes | LogWishes, name: str, what: str) -> None:
    """Raise UserError for a wish that does not fit data of another kind."""
    for option, value in vars(wishes).items():
        if value is not None:
            raise UserError(f"--{option}: {name} is {what}, which has none; leave it out")


def relative_to(folder: Path, path: Path) -> str:
    """Return how a description in `folder` calls the file `path`."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
