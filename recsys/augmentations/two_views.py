"""Two views of every sequence of a batch, each by another operator."""

from typing import Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor

from core.settings import Section
from datasets.packing import PackedSequences
from recsys.augmentations.crop import crop
from recsys.augmentations.mask import mask
from recsys.augmentations.reorder import reorder

Operator = Literal["crop", "mask", "reorder"]


class AugmentationSettings(Section):
    """Which operators make views, and how much of a sequence each keeps (crop), hides (mask) or shuffles (reorder).

    With two operators or more, the two views of a sequence are made by different ones.
    """

    operators: list[Operator] = Field(["crop", "mask", "reorder"], min_length=1)
    crop: float = Field(0.5, gt=0, le=1)
    mask: float = Field(0.5, ge=0, le=1)
    reorder: float = Field(0.8, ge=0, le=1)

    @field_validator("operators")
    @classmethod
    def _distinct(cls, operators: list[Operator]) -> list[Operator]:
        if len(set(operators)) < len(operators):
            raise ValueError("an operator is named twice")
        return operators


def two_views(sequences: PackedSequences, settings: AugmentationSettings) -> tuple[PackedSequences, PackedSequences]:
    """Return two views of each sequence, by operators drawn uniformly among the ordered pairs of different ones.

    Source: the view generation of CL4SRec (ICDE 2022) as MCLRec (SIGIR 2023) uses it.
    """
    kinds = len(settings.operators)
    first = torch.randint(kinds, (sequences.count,))
    second = (first + torch.randint(1, max(kinds, 2), (sequences.count,))) % kinds
    return _view(sequences, first, settings), _view(sequences, second, settings)


def _view(sequences: PackedSequences, drawn: Tensor, settings: AugmentationSettings) -> PackedSequences:
    functions = {"crop": crop, "mask": mask, "reorder": reorder}
    for number, name in enumerate(settings.operators):
        sequences = functions[name](sequences, getattr(settings, name), drawn == number)
    return sequences
