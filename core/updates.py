"""The backward pass and the optimiser step, with accumulation, clipping and several devices."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor
from torch.optim import Optimizer

if TYPE_CHECKING:
    from lightning.fabric import Fabric


class Updates:
    """Calls as a `core.task.Update`: `updates("main", loss)`."""

    def __init__(
        self,
        fabric: "Fabric",
        optimizers: Mapping[str, Optimizer],
        *,
        accumulate: int = 1,
        clip_norm: float | None = None,
    ) -> None:
        self._fabric = fabric
        self._optimizers = optimizers
        self._accumulate = accumulate
        self._clip_norm = clip_norm
        self._parameters = {name: _parameters(optimizer) for name, optimizer in optimizers.items()}
        self._waiting = dict.fromkeys(optimizers, 0)
        """How many losses have been differentiated since an optimiser's last step."""

    def __call__(self, optimizer: str, loss: Tensor) -> None:
        """Differentiate `loss` for this optimiser's parameters, and step when its group is complete."""
        if self._waiting[optimizer] == 0:
            self._optimizers[optimizer].zero_grad(set_to_none=True)
        # A forward pass may be autocast; its backward pass follows the types that the forward pass chose.
        with torch.autocast(loss.device.type, enabled=False):
            self._fabric.backward(loss, inputs=self._parameters[optimizer])
        self._waiting[optimizer] += 1
        if self._waiting[optimizer] == self._accumulate:
            self._step(optimizer)

    def flush(self) -> None:
        """Step with the groups that are not complete, at the end of an epoch."""
        for name, waiting in self._waiting.items():
            if waiting:
                self._step(name)

    def _step(self, name: str) -> None:
        parameters = self._parameters[name]
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if self._waiting[name] > 1:
            # The mean over the losses that did arrive, so that a short last group weighs the same.
            torch._foreach_mul_(gradients, 1.0 / self._waiting[name])
        if self._fabric.world_size > 1:
            self._average(gradients)
        if self._clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, self._clip_norm)
        self._optimizers[name].step()
        self._waiting[name] = 0

    def _average(self, gradients: list[Tensor]) -> None:
        # By hand, not by DDP's wrapper: that one expects every forward pass to go through one `forward` and
        # every backward pass to reach all parameters, while a task may update parts of its modules in turn.
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        mean = cast(Tensor, self._fabric.all_reduce(flat, reduce_op="mean"))
        parts = mean.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return [parameter for parameter in held if parameter.requires_grad]
