"""The product of a constant matrix with a tensor, whose gradient is a product with the transpose."""

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class ConstantMatrix(Protocol):
    """An R x C matrix without gradient."""

    @property
    def shape(self) -> tuple[int, int]:
        """R and C."""
        ...

    def times(self, dense: Tensor) -> Tensor:
        """Multiply a C x d tensor of at least single precision."""
        ...

    def transposed_times(self, dense: Tensor) -> Tensor:
        """Multiply an R x d tensor by the transpose."""
        ...


def constant_product(matrix: ConstantMatrix, dense: Tensor) -> Tensor:
    """Return ``A @ x``, differentiable in x, in the precision of x but at least single.

    Sparse kernels have no half precision on every device, and autocast would cast constant blocks anew for every
    product: under autocast this one stays in single precision.

    Shapes:
        (R x C) @ (C x d) -> R x d.

    Raises:
        ValueError: when the shapes do not fit.
    """
    if dense.dim() != 2 or dense.shape[0] != matrix.shape[1]:
        raise ValueError(f"cannot multiply {matrix.shape} by {tuple(dense.shape)}")
    with torch.autocast(dense.device.type, enabled=False):
        result: Tensor = _Product.apply(dense, matrix)
    return result


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, dense: Tensor, matrix: ConstantMatrix) -> Tensor:
        ctx.matrix = matrix
        ctx.dtype = dense.dtype
        return matrix.times(dense.to(torch.promote_types(dense.dtype, torch.float32)))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return ctx.matrix.transposed_times(grad.contiguous()).to(ctx.dtype), None
