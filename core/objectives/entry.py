"""What an objective is: what it gets in every step, what it may ask of a domain, and its place in the literature."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import Tensor
from torch.nn import functional

from core.objectives.settings import ObjectiveSettings

Need = Literal["neighbours", "targets"]


@dataclass(frozen=True)
class Views:
    """The views of a step, whose rows i are the same instance.

    Attributes:
        anchor, other: the two views of the model's own contrast; where an objective treats them differently, rows of
            `anchor` are pulled to those of `other`.
        more: further views, for objectives that compare several.
        slow: the anchor and the other view as a momentum copy of the encoder makes them, for objectives that ask for
            one (`ObjectiveSettings.teacher_momentum`); without gradient.
        epoch: counted from 0.

    Shapes:
        every view: N x d, float32.
    """

    anchor: Tensor
    other: Tensor
    more: tuple[Tensor, ...] = ()
    slow: tuple[Tensor, Tensor] | None = None
    epoch: int = 0

    @property
    def all(self) -> tuple[Tensor, ...]:
        """The anchor, the other view and all further ones."""
        return (self.anchor, self.other, *self.more)

    def normalised(self) -> "Views":
        """Return the same with rows of length 1; rows of zeros stay, and get no gradient."""
        anchor, other, *more = (_unit_rows(view) for view in self.all)
        slow = None if self.slow is None else (_unit_rows(self.slow[0]), _unit_rows(self.slow[1]))
        return replace(self, anchor=anchor, other=other, more=tuple(more), slow=slow)


def _unit_rows(rows: Tensor) -> Tensor:
    # Dropout may leave nothing of a short row: it has no direction, and must not ask for one with a slope of 1e12.
    empty = rows.detach().square().sum(dim=1, keepdim=True) == 0
    return functional.normalize(rows.masked_fill(empty, 1), dim=1).masked_fill(empty, 0)


Objective = Callable[[Views], dict[str, Tensor]]
"""From the views to the loss parts, "loss" among them; what it learns makes it a module."""


@dataclass(frozen=True)
class Offer:
    """What a model can give an objective, known before training.

    Attributes:
        place: for messages, such as "adameow on acm".
        width: d of the views.
        rows: N; the least of any step.
        rows_are: what a row is ("paper nodes", "histories").
        views: how many views there can be.
        seed: of the run.
        teacher: whether there can be a momentum copy of the encoder.
        neighbours: returns at most k neighbours of each row as edges (2 x E: row, neighbour), where every step has the
            same rows; None where there is no such thing.
        targets: returns a number of each row (N) to be regressed, where every step has the same rows.
    """

    place: str
    width: int
    rows: int
    rows_are: str
    views: int = 2
    seed: int = 0
    teacher: bool = False
    neighbours: Callable[[int], Tensor] | None = None
    targets: Callable[[], Tensor] | None = None

    def has(self, need: Need) -> bool:
        """Return whether this can be given."""
        return (self.neighbours if need == "neighbours" else self.targets) is not None


@dataclass(frozen=True)
class ObjectiveEntry:
    """An objective: the schema of its settings, how to build it, and where it comes from.

    `build(settings, offer)` returns the objective; its parameters, if any, are moved to the views' device later.
    `needs` must be offered.
    """

    name: str
    settings: type[ObjectiveSettings]
    build: Callable[[Any, Offer], Objective]
    summary: str
    paper: str
    year: int
    needs: tuple[Need, ...] = ()
