"""The sequential recommenders written naively, to measure the packed forms against.

Every sequence is padded to the longest that there may be, views are made by a Python loop over the batch, every
position of every pass is computed, and the losses take whole matrices and plain autograd. Parameters and encoder
layers are the project's own (`recsys.encoders.padded_reference`), so that both forms have the same; dropout and Adam
are torch's. MCLRec encodes its sequences anew for each of its three updates.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam

from core.errors import UserError
from core.objectives import ObjectiveSettings, temperature_at
from core.objectives.library.nt_xent import NtXentSettings
from core.task import Update
from datasets.leave_one_out import Examples
from datasets.packing import PackedSequences
from recsys.augmentations import MASK_ITEM, AugmentationSettings
from recsys.encoders import SequenceEncoder
from recsys.encoders.padded_reference import pad, padded_user_vectors
from recsys.models.cl4srec import Cl4srecSettings
from recsys.models.mclrec import MclrecSettings
from recsys.models.sasrec import SasrecSettings
from recsys.settings import SequenceSettings


@dataclass(frozen=True)
class Padded:
    """B sequences, padded on the right with zeros: items B x L, lengths B."""

    items: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, sequences: PackedSequences, width: int) -> "Padded":
        """Lay packed sequences out."""
        return cls(pad(sequences, width), sequences.lengths)


Views = tuple[Padded, Padded]


class PaddedModel:
    """SASRec, CL4SRec or MCLRec (its `meta` strategy) on padded batches.

    Args:
        settings: of the model.
        module: a task's module, whose parameters are used.

    Raises:
        UserError: for a model or a strategy without a naive form.
    """

    def __init__(self, settings: SequenceSettings, module: nn.Module) -> None:
        if not isinstance(settings, SasrecSettings | Cl4srecSettings | MclrecSettings):
            raise UserError(f"there is no padded form of {settings.model}; choose sasrec, cl4srec or mclrec")
        if isinstance(settings, MclrecSettings) and settings.contrast.strategy != "meta":
            raise UserError("there is a padded form of contrast.strategy=meta alone")
        self._temperature = 1.0 if isinstance(settings, SasrecSettings) else _temperature(settings.objective)
        self._settings = settings
        self._encoder = cast(SequenceEncoder, module.get_submodule("encoder"))
        self._module = module

    def make_optimizers(self) -> Mapping[str, Adam]:
        """Return plain Adam for each part of the module."""
        lrs = {"encoder": self._settings.optimizer}
        if isinstance(self._settings, MclrecSettings):
            lrs["augmenters"] = self._settings.augmenter.optimizer
        return {
            name: Adam(self._module.get_submodule(name).parameters(), lr=one.lr, weight_decay=one.weight_decay)
            for name, one in lrs.items()
        }

    def step(self, histories: Padded, targets: Tensor, update: Update) -> None:
        """Do the model's updates on a batch and views of it that are drawn here."""
        settings = self._settings
        views = None if isinstance(settings, SasrecSettings) else two_padded_views(histories, settings.augmentation)
        self.step_with(histories, views, targets, update)

    def step_with(self, histories: Padded, views: Views | None, targets: Tensor, update: Update) -> None:
        """Do the model's updates on a batch and given views of it; SASRec has none."""
        settings = self._settings
        if views is None or isinstance(settings, SasrecSettings):
            update("encoder", self._recommendation(histories, targets))
        elif isinstance(settings, Cl4srecSettings):
            first, second = (self._encode(view) for view in views)
            contrast = plain_nt_xent(first, second, self._temperature)
            loss = self._recommendation(histories, targets) + settings.contrast.weight * contrast
            update("encoder", loss)
        else:
            self._meta_step(histories, views, targets, update, settings)

    def _meta_step(
        self, histories: Padded, views: Views, targets: Tensor, update: Update, settings: MclrecSettings
    ) -> None:
        weights = settings.contrast
        augment_first, augment_second = cast(nn.ModuleList, self._module.get_submodule("augmenters"))

        def contrasts() -> tuple[Tensor, Tensor]:
            h1, h2 = (self._encode(view) for view in views)
            z1, z2 = augment_first(h1), augment_second(h2)
            meta = h1.new_zeros(())
            for one, other in ((h1, z2), (h2, z1), (z1, z2)):
                meta = meta + weights.regulariser_weight * plain_regulariser(one, other)
                if weights.meta:
                    meta = meta + plain_nt_xent(one, other, self._temperature)
            return plain_nt_xent(h1, h2, self._temperature), meta

        def encoder_loss() -> Tensor:
            contrast, meta = contrasts()
            rest = weights.weight * contrast + weights.meta_weight * meta
            return self._recommendation(histories, targets) + rest

        update("encoder", encoder_loss())
        update("augmenters", contrasts()[1])
        update("encoder", encoder_loss())

    def _encode(self, sequences: Padded) -> Tensor:
        return padded_user_vectors(self._encoder, sequences.items, sequences.lengths)

    def _recommendation(self, histories: Padded, targets: Tensor) -> Tensor:
        # Row 0 of the table is the padding.
        return functional.cross_entropy(self._encode(histories) @ self._encoder.table[1:].T, targets - 1)


def _temperature(objective: ObjectiveSettings) -> float:
    if not isinstance(objective, NtXentSettings) or objective.similarity != "dot":
        raise UserError("there is a padded form of objective.name=nt-xent with objective.similarity=dot alone")
    return temperature_at(objective.temperature, 0)


def plain_nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Return NT-Xent of two B x d views from the whole 2B x 2B matrix of scores."""
    rows = torch.cat([first, second])
    scores = rows @ rows.T / temperature
    scores = scores.masked_fill(torch.eye(len(rows), dtype=torch.bool, device=rows.device), -torch.inf)
    twins = torch.arange(len(rows), device=rows.device).roll(len(first))
    return functional.cross_entropy(scores, twins)


def plain_regulariser(first: Tensor, second: Tensor) -> Tensor:
    """Return MCLRec's regulariser of two B x d views from the whole 2B x 2B matrix of scores."""
    rows = torch.cat([first, second])
    scores, numbers = rows @ rows.T, torch.arange(len(rows), device=rows.device)
    twins = numbers.roll(len(first))
    positive = scores[numbers, twins][:, None]
    others = torch.ones_like(scores, dtype=torch.bool)
    others[numbers, numbers] = others[numbers, twins] = False
    negatives = scores[others].view(len(rows), -1)
    hardest = negatives.max(dim=1, keepdim=True).values
    lower, upper = torch.minimum(positive, hardest), torch.maximum(positive, hardest)
    return functional.relu(positive - lower).mean() + functional.relu(upper - negatives).mean()


def two_padded_views(sequences: Padded, settings: AugmentationSettings) -> Views:
    """Draw two views of every sequence by different operators, one sequence after the other."""
    views: tuple[list[list[int]], list[list[int]]] = ([], [])
    for row, length in zip(sequences.items.tolist(), sequences.lengths.tolist(), strict=True):
        operators = settings.operators
        drawn = random.sample(operators, 2) if len(operators) > 1 else operators * 2
        for view, operator in zip(views, drawn, strict=True):
            view.append(_OPERATORS[operator](row[:length], getattr(settings, operator)))
    width, device = sequences.items.shape[1], sequences.items.device
    first, second = (_padded(view, width, device) for view in views)
    return first, second


@torch.no_grad()
def padded_metrics(
    encoder: SequenceEncoder, examples: Examples, top_k: Sequence[int], *, width: int, batch: int = 256
) -> dict[str, float]:
    """Return hit rate, NDCG and MRR of the examples' targets, from the list of the best items of each user."""
    found = torch.cat(list(padded_hits(encoder, examples, max(top_k), width=width, batch=batch)))
    places = torch.arange(1, max(top_k) + 1, dtype=torch.float64)
    gains = {"hr": torch.ones_like(places), "ndcg": 1 / torch.log2(places + 1), "mrr": 1 / places}
    return {
        f"{name}@{k}": float((found[:, :k] * gain[:k]).sum(dim=1).mean()) for k in top_k for name, gain in gains.items()
    }


@torch.no_grad()
def padded_hits(
    encoder: SequenceEncoder, examples: Examples, k: int, *, width: int, batch: int = 256
) -> Iterator[Tensor]:
    """Yield, a batch of users at a time, whether each of the k best items is the target: B x k, on the CPU."""
    for numbers in torch.arange(len(examples)).split(batch):
        histories = Padded.of(examples.inputs(numbers), width)
        users = padded_user_vectors(encoder, histories.items, histories.lengths)
        best = torch.topk(users @ encoder.table[1:].T, k, dim=1).indices + 1
        yield (best == examples.targets(numbers)[:, None]).cpu()


def _crop(items: list[int], ratio: float) -> list[int]:
    kept = max(1, math.floor(ratio * len(items)))
    start = random.randint(0, len(items) - kept)
    return items[start : start + kept]


def _mask(items: list[int], ratio: float) -> list[int]:
    for place in random.sample(range(len(items)), math.floor(ratio * len(items))):
        items[place] = MASK_ITEM
    return items


def _reorder(items: list[int], ratio: float) -> list[int]:
    size = math.floor(ratio * len(items))
    start = random.randint(0, len(items) - size)
    window = items[start : start + size]
    random.shuffle(window)
    return items[:start] + window + items[start + size :]


_OPERATORS: Mapping[str, Callable[[list[int], float], list[int]]] = {"crop": _crop, "mask": _mask, "reorder": _reorder}


def _padded(sequences: list[list[int]], width: int, device: torch.device) -> Padded:
    rows = [items + [0] * (width - len(items)) for items in sequences]
    return Padded(torch.tensor(rows, device=device), torch.tensor([len(items) for items in sequences]))
