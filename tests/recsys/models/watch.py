"""Watching a model's updates from outside: which parameters each moves, and what its loss reaches."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.devices import open_fabric
from core.updates import Updates
from recsys.sequence_task import SequenceTask


@dataclass
class WatchedUpdate:
    """One call of `update`: the optimiser's name and the loss, the parameters that moved and those it could reach,
    all values before the step, and the gradients that the step followed."""

    optimizer: str
    loss: Tensor
    moved: set[str]
    reached: set[str]
    before: dict[str, Tensor]
    gradients: dict[str, Tensor]


@dataclass
class Watch:
    """Calls as a `core.task.Update` and notes what happens to the task's parameters."""

    task: SequenceTask
    calls: list[WatchedUpdate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._updates = Updates(open_fabric("cpu"), self.task.optimizers)
        self._parameters = dict(self.task.module.named_parameters())

    def __call__(self, optimizer: str, loss: Tensor) -> None:
        reached = reachable(loss, self._parameters)
        before = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
        self._updates(optimizer, loss)
        moved = {name for name, parameter in self._parameters.items() if not torch.equal(parameter, before[name])}
        held = {id(one) for group in self.task.optimizers[optimizer].param_groups for one in group["params"]}
        gradients = {
            name: parameter.grad.clone()
            for name, parameter in self._parameters.items()
            if id(parameter) in held and parameter.grad is not None
        }
        self.calls.append(WatchedUpdate(optimizer, loss.detach(), moved, reached, before, gradients))


def reachable(loss: Tensor, parameters: dict[str, nn.Parameter]) -> set[str]:
    """Return the names of the parameters that the loss's graph leads to."""
    names = {id(parameter): name for name, parameter in parameters.items()}
    found, waiting, seen = set(), [loss.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None and id(variable) in names:
            found.add(names[id(variable)])
        waiting.extend(following for following, _ in node.next_functions)
    return found


def watched_step(task: SequenceTask, number: int = 0, epoch: int = 0) -> tuple[list[WatchedUpdate], dict[str, float]]:
    """Do the training step of one batch; return its updates and its loss parts."""
    watch = Watch(task)
    batch = list(task.batches(epoch))[number]
    parts = task.training_step(batch, watch)
    return watch.calls, {name: float(value) for name, value in parts.items()}
