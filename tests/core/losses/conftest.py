import pytest
import torch
from torch import Tensor
from torch.nn import functional

COUNT, WIDTH = 23, 6


@pytest.fixture
def views() -> tuple[Tensor, Tensor]:
    """Two float64 views of 23 unit vectors, correlated as a trained model's are."""
    generator = torch.Generator().manual_seed(5)
    base = torch.randn(COUNT, WIDTH, generator=generator, dtype=torch.float64)
    noise = torch.randn(2, COUNT, WIDTH, generator=generator, dtype=torch.float64)
    one, other = (functional.normalize(base + 0.3 * part, dim=1).requires_grad_() for part in noise)
    return one, other
