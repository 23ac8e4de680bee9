"""What a model offers that can be run by other programs: a module of its own, and what it should answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Example:
    """Real inputs, and what the model itself, not the module that is exported, makes of them, by name."""

    inputs: "Mapping[str, Tensor]"
    answers: "Mapping[str, Tensor]"


@dataclass(frozen=True, eq=False)
class ExportForm:
    """A model in the form in which it leaves this program.

    Attributes:
        module: takes the inputs and returns a tuple of the outputs, in evaluation mode and on the CPU.
        axes: for each input the names of its axes, all of them of free size.
        outputs: names of what the module returns.
        examples: for the export to be made by, the first, whose axes must be longer than 1, and for it to be checked.
        ids: raw ids of what the inputs and scores count from 1.
        notes: what a user of the exported model must know.
    """

    module: "nn.Module"
    axes: Mapping[str, tuple[str, ...]]
    outputs: tuple[str, ...]
    examples: Sequence[Example]
    ids: "np.ndarray"
    notes: Mapping[str, str]


@runtime_checkable
class Exportable(Protocol):
    """What a task offers besides `core.task.Task` if its model can be exported."""

    def export_form(self, outputs: Sequence[str]) -> ExportForm:
        """Return the form that gives these outputs, of "user_vectors" and "scores"."""
