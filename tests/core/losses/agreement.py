"""Comparing a loss with its slow form, gradients included."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def assert_same(value: Tensor, expected: Tensor, inputs: Sequence[Tensor], tolerance: float = 1e-12) -> None:
    """Compare two scalars and their gradients; `tolerance` is relative to the largest entry of each."""
    torch.testing.assert_close(value, expected, rtol=tolerance, atol=tolerance)
    found = torch.autograd.grad(3 * value, inputs)
    known = torch.autograd.grad(3 * expected, inputs)
    for one, other in zip(found, known, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * float(other.abs().max()))


def assert_single_precision_is_near(loss: object, *inputs: Tensor, tolerance: float) -> None:
    """Compare a loss of float32 tensors with that of the same numbers in float64."""
    results = []
    for dtype in (torch.float32, torch.float64):
        tensors = [tensor.detach().float().to(dtype).requires_grad_() for tensor in inputs]
        value = loss(*tensors)  # type: ignore[operator]
        results.append((value.detach().double(), *(part.double() for part in torch.autograd.grad(value, tensors))))
    for one, other in zip(*results, strict=True):
        assert one.isfinite().all()
        assert float((one - other).norm()) <= tolerance * float(other.norm())


class LargestTensor(TorchDispatchMode):
    """Notes the number of entries of the largest tensor that any operation gives while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = func(*args, **(kwargs or {}))
        for part in result if isinstance(result, tuple | list) else (result,):
            if isinstance(part, Tensor):
                self.entries = max(self.entries, part.numel())
        return result
