"""Model augmenters: small networks that make one more view of an encoded sequence."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from core.settings import OptimizerSettings, Section


class AugmenterSettings(Section):
    """The two augmenters: widths between input and output, whether they are one, and how they step."""

    widths: list[Annotated[int, Field(ge=1)]] = Field([32, 16], min_length=1)
    shared: bool = False
    optimizer: OptimizerSettings = OptimizerSettings()


class ModelAugmenter(nn.Module):
    """``G(h) = L2norm(W3 GELU(W2 GELU(W1 h)))``, with biases.

    Qin et al., *Meta-optimized Contrastive Learning for Sequential Recommendation*, SIGIR 2023, equation 6.

    Args:
        width: d of the encoded sequences, and of the views.
        widths: between the layers.

    Shapes:
        encoded: B x d -> B x d, unit-norm rows.
    """

    def __init__(self, width: int, widths: list[int]) -> None:
        super().__init__()
        layers = [nn.Linear(before, after) for before, after in pairwise([width, *widths, width])]
        for layer in layers:
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        self.layers = nn.ModuleList(layers)

    def forward(self, encoded: Tensor) -> Tensor:
        """Make the view."""
        hidden = encoded
        for layer in self.layers[:-1]:
            hidden = functional.gelu(layer(hidden))
        # Under autocast the layers give half precision, in which no row would have norm 1.
        return functional.normalize(self.layers[-1](hidden).to(encoded.dtype), dim=1)
