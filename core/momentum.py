"""A slow copy of a module: its parameters are a moving average of those that are trained."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class CosineMomentum:
    """From ``start``, at step 0, up to ``end`` along half a cosine over ``steps`` steps, and ``end`` from then on.

    ``end - (end - start) (1 + cos(pi step / steps)) / 2``. With the end at 1, where the copy stands still, it is that
    of Grill et al., *Bootstrap Your Own Latent*, NeurIPS 2020 (from 0.996), of Xie et al., *Propagate Yourself*, CVPR
    2021 (from 0.99), and of BECLR (from 0.995), all over all steps of the training. He et al., *Momentum Contrast for
    Unsupervised Visual Representation Learning*, CVPR 2020, keep 0.999.

    Raises:
        ValueError: when a momentum is out of 0 to 1 or the number of steps is not positive.

    >>> [round(CosineMomentum(0.9, steps=4)(step), 3) for step in (0, 2, 4, 9)]
    [0.9, 0.95, 1.0, 1.0]
    """

    start: float
    steps: int
    end: float = 1.0

    def __post_init__(self) -> None:
        _check(self.start)
        _check(self.end)
        if self.steps < 1:
            raise ValueError(f"there must be steps, got {self.steps}")

    def __call__(self, step: int) -> float:
        """Return the momentum at ``step``, counted from 0."""
        left = (1 + math.cos(math.pi * min(step / self.steps, 1.0))) / 2
        return self.end - (self.end - self.start) * left


class MomentumCopy(nn.Module):
    """A copy of a module that follows it: ``p <- m p + (1 - m) p'`` for each parameter p and its original p'.

    The teacher of BECLR, the target network of *Bootstrap Your Own Latent*, the key encoder of *Momentum Contrast* and
    the momentum encoder of *Propagate Yourself* (:class:`CosineMomentum` names them). It starts as the module is, is
    called like it, and gives no gradient. Buffers are taken over as they are, so that running statistics are the
    module's; what modules keep outside parameters and buffers is not followed. All of it, and the step it is at, is
    part of a checkpoint.

    Call :meth:`update` after each step of the optimiser. Where gradients are accumulated over several batches before
    a step, an update after each of these averages in the same parameters several times.

    Args:
        module: what is copied, on its device. The copy does not hold it, so that both may be parts of one module.
        momentum: from 0, which follows at once, to 1, which never does; or such a number for each step, from 0.
        evaluating: whether the copy stays in evaluation mode, without dropout and with running statistics, while the
            module is trained. The papers' copies do not: there it is in the mode that it is set to.

    Raises:
        ValueError: when the momentum is out of 0 to 1, or a lazy layer has no parameters yet.
    """

    def __init__(
        self, module: nn.Module, momentum: float | Callable[[int], float], *, evaluating: bool = False
    ) -> None:
        super().__init__()
        if not callable(momentum):
            _check(momentum)
        if any(isinstance(one, nn.parameter.UninitializedParameter) for one in module.parameters()):
            raise ValueError("a lazy layer has no parameters to copy before its first use")
        self.momentum, self.evaluating = momentum, evaluating
        self.slow = copy.deepcopy(module).requires_grad_(False)
        self.slow.zero_grad()
        self.step = 0
        self.train(module.training)

    @torch.no_grad()
    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Return what the copy makes of the inputs, without gradient."""
        return self.slow(*inputs, **options)

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the copy towards the module that it is one of.

        Raises:
            ValueError: when the module does not have the copy's parameters and buffers, or the momentum of this step
                is out of 0 to 1.
        """
        momentum = self.momentum(self.step) if callable(self.momentum) else self.momentum
        _check(momentum)
        weights, sources = _matching(dict(self.slow.named_parameters()), dict(module.named_parameters()))
        buffers, states = _matching(dict(self.slow.named_buffers()), dict(module.named_buffers()))
        if weights:
            torch._foreach_lerp_(weights, sources, 1 - momentum)
        if buffers:
            torch._foreach_copy_(buffers, states)
        self.step += 1

    def train(self, mode: bool = True) -> "MomentumCopy":
        """Set the mode of the copy, which may be to stay in evaluation mode."""
        return super().train(mode and not self.evaluating)

    def get_extra_state(self) -> Tensor:
        """Return the number of updates made, which schedules depend on."""
        return torch.tensor(self.step)

    def set_extra_state(self, state: Tensor) -> None:
        """Take up where a checkpoint left off."""
        self.step = int(state)


def _matching(slow: dict[str, Tensor], fast: dict[str, Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Return the tensors of both, in the same order."""
    ours, theirs = ({name: tensor.shape for name, tensor in part.items()} for part in (slow, fast))
    if ours != theirs:
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        raise ValueError(f"the module is not the one that was copied: they differ in {', '.join(differing)}")
    return list(slow.values()), [fast[name].detach() for name in slow]


def _check(momentum: float) -> None:
    if not 0 <= momentum <= 1:
        raise ValueError(f"a momentum must lie between 0 and 1, got {momentum}")
