"""MCLRec: learnt augmenters make two more views of each history, and are trained through the encoder they help."""

from collections.abc import Mapping
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim import Optimizer

from core.diagnosis import diagnose
from core.domain import ModelEntry
from core.errors import UserError
from core.losses import catalogue_softmax, contrastive_regulariser
from core.objectives import ObjectiveSettings, objective_named
from core.objectives.library.nt_xent import NtXentSettings
from core.settings import Section
from core.task import Update
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.augmentations import AugmentationSettings
from recsys.contrast import Contrast, offer_of
from recsys.domain import models
from recsys.encoders import SequenceEncoder
from recsys.learner import Step
from recsys.model_augmenter import AugmenterSettings, ModelAugmenter
from recsys.optimizer import make_adam
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings
from recsys.views import EncodedViews, encode_views, with_views


class ContrastSettings(Section):
    """How MCLRec's contrasts are weighted and optimised.

    Attributes:
        weight: lambda, of the contrast between the two data views; 0 leaves it out.
        meta_weight: beta, of everything that the augmenters' views take part in.
        meta: whether those views are contrasted at all (off: the paper's ablation).
        regulariser_weight: of the regulariser, relative to the augmenters' contrast; 0 leaves it out.
        strategy: `meta` is three updates a batch (encoder, augmenters, encoder); `alternate` is the paper's
            Algorithm 1: in every epoch one pass over the data for the encoder, then one for the augmenters;
            `joint` moves all parameters by one loss (MCLRec-J).
    """

    weight: float = Field(0.03, ge=0)
    meta_weight: float = Field(0.1, ge=0)
    meta: bool = True
    regulariser_weight: float = Field(0.1, ge=0)
    strategy: Literal["meta", "joint", "alternate"] = "meta"


class MetaContrast:
    """``L = L_rec + lambda L_cl1 + beta (L_cl2 + gamma R)`` for the encoder, ``L_cl2 + gamma R`` for the augmenters.

    ``L_cl1 = NT-Xent(h1, h2)``, ``L_cl2`` the sum of NT-Xent and ``R`` that of the regulariser over the pairs
    (h1, z2), (h2, z1), (z1, z2), with ``z = G(h)``. Another objective may stand in for NT-Xent; one that compares many
    views takes h1, h2, z1 and z2 at once instead of the three pairs. gamma is `regulariser_weight`, except that
    `alternate` multiplies it by beta in the augmenters' loss, as the paper does. Qin et al., *Meta-optimized
    Contrastive Learning for Sequential Recommendation*, SIGIR 2023, equations 7 to 15 and Algorithm 1, and its public
    code; L_rec is the softmax over the whole catalogue.

    Of the three updates of `meta`, the second asks for no gradient of the encoder. It does not move the encoder
    either, so the third goes on from the states that the second was given: the same dropout masks serve both, and a
    third pass of the encoder is saved. The encoder makes two steps a batch, which a comparison with models that make
    one should keep in mind.
    """

    def __init__(self, encoder: SequenceEncoder, settings: "MclrecSettings", dataset: SequenceDataset) -> None:
        self._encoder = encoder
        self._weights = settings.contrast
        self._augmentation = settings.augmentation
        width, augmenter = settings.encoder.hidden, settings.augmenter
        first = ModelAugmenter(width, augmenter.widths)
        second = first if augmenter.shared else ModelAugmenter(width, augmenter.widths)
        self.augmenters = nn.ModuleList([first, second]).to(encoder.table.device)
        # Each contrast is an objective of its own, for one may learn parameters or remember rows.
        self._all_at_once = settings.objective.takes_all_views
        self._contrast = Contrast(settings.objective, offer_of(settings, dataset))
        offer, count = offer_of(settings, dataset, views=4 if self._all_at_once else 2), 1 if self._all_at_once else 3
        self._meta_contrasts = [
            Contrast(settings.objective, offer) for _ in range(count if settings.contrast.meta else 0)
        ]
        contrasts = nn.ModuleList([self._contrast, *self._meta_contrasts]).to(encoder.table.device)
        parts = {"encoder": encoder, "augmenters": self.augmenters, "contrasts": contrasts}
        self.module: nn.Module = nn.ModuleDict(parts)
        self._learns_views = settings.contrast.meta or settings.contrast.regulariser_weight > 0
        moved_first = nn.ModuleList([encoder, contrasts])
        moves_encoder, moves_augmenters = (moved_first, settings.optimizer), (self.augmenters, augmenter.optimizer)
        self.optimizers: Mapping[str, Optimizer] = {
            "encoder": make_adam(moves_encoder),
            "augmenters": make_adam(moves_augmenters),
        }
        self.steps: tuple[Step, ...] = (self.meta_step,)
        if settings.contrast.strategy == "joint":
            self.optimizers = {"all": make_adam(moves_encoder, moves_augmenters)}
            self.steps = (self.joint_step,)
        if settings.contrast.strategy == "alternate":
            self.steps = (self.encoder_step, self.augmenter_step) if self._learns_views else (self.encoder_step,)

    def begin_epoch(self, epoch: int) -> None:
        """Tell the contrasts."""
        for contrast in (self._contrast, *self._meta_contrasts):
            contrast.epoch = epoch

    def meta_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Move the encoder, then the augmenters, then the encoder again."""
        batch = self._encoder.prepare(with_views(inputs, self._augmentation))
        self._update_encoder(encode_views(self._encoder, batch), targets, update)
        encoded = encode_views(self._encoder, batch)
        parts = self._update_augmenters(encoded, self._weights.regulariser_weight, update)
        parts |= self._update_encoder(encoded, targets, update)
        return parts | diagnose(encoded.first, encoded.second)

    def joint_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Move everything by the encoder's loss."""
        encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        parts = self._update_encoder(encoded, targets, update, optimizer="all")
        return parts | diagnose(encoded.first, encoded.second)

    def encoder_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do stage one of Algorithm 1."""
        encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        return self._update_encoder(encoded, targets, update) | diagnose(encoded.first, encoded.second)

    def augmenter_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do stage two of Algorithm 1."""
        with torch.no_grad():
            encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        gamma = self._weights.meta_weight * self._weights.regulariser_weight
        return self._update_augmenters(encoded, gamma, update)

    def _update_encoder(
        self, encoded: EncodedViews, targets: Tensor, update: Update, optimizer: str = "encoder"
    ) -> dict[str, Tensor]:
        weights = self._weights
        recommendation = catalogue_softmax(encoded.history, self._encoder.table, targets)
        loss, parts = recommendation, {"recommendation": recommendation}
        if weights.weight > 0:
            contrast = self._contrast(encoded.first, encoded.second)
            loss, parts["contrast"] = loss + weights.weight * contrast, contrast
        if weights.meta_weight > 0 and self._learns_views:
            meta, meta_parts = self._meta_loss(encoded.first, encoded.second, weights.regulariser_weight)
            loss, parts = loss + weights.meta_weight * meta, {**parts, **meta_parts}
        update(optimizer, loss)
        return {"loss": loss.detach(), **{name: value.detach() for name, value in parts.items()}}

    def _update_augmenters(self, encoded: EncodedViews, gamma: float, update: Update) -> dict[str, Tensor]:
        # lambda L_cl1, which the public code adds here, does not depend on the augmenters.
        if not self._learns_views:
            return {}
        loss, _ = self._meta_loss(encoded.first.detach(), encoded.second.detach(), gamma)
        update("augmenters", loss)
        return {"augmenters": loss.detach()}

    def _meta_loss(self, first: Tensor, second: Tensor, gamma: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Return ``L_cl2 + gamma R`` of the encoded views, and its parts."""
        learnt_first, learnt_second = self.augmenters[0](first), self.augmenters[1](second)
        pairs = ((first, learnt_second), (second, learnt_first), (learnt_first, learnt_second))
        loss, parts = first.new_zeros(()), {}
        if self._weights.meta:
            together = ((first, second, learnt_first, learnt_second),) if self._all_at_once else pairs
            contrasts = [contrast(*views) for contrast, views in zip(self._meta_contrasts, together, strict=True)]
            parts["meta_contrast"] = torch.stack(contrasts).sum()
            loss = loss + parts["meta_contrast"]
        if gamma > 0:
            parts["regulariser"] = torch.stack([contrastive_regulariser(*pair) for pair in pairs]).sum()
            loss = loss + gamma * parts["regulariser"]
        return loss, parts


class MclrecSettings(SequenceSettings):
    """All settings of MCLRec."""

    augmentation: AugmentationSettings = AugmentationSettings()
    augmenter: AugmenterSettings = AugmenterSettings()
    objective: Annotated[ObjectiveSettings, objective_named("nt-xent")] = NtXentSettings(
        similarity="dot", temperature=1.0
    )
    contrast: ContrastSettings = ContrastSettings()


def build(settings: MclrecSettings, dataset: SequenceDataset, device: torch.device) -> SequenceTask:
    """Build MCLRec for an interaction log.

    Raises:
        UserError: when `meta`, whose second update must see what the first one did, is to accumulate.
    """
    if settings.contrast.strategy == "meta" and settings.trainer.accumulate > 1:
        raise UserError(
            f"trainer.accumulate is {settings.trainer.accumulate}, but each update of contrast.strategy=meta must "
            "follow the one before it; use a larger batches.size instead, or contrast.strategy=joint"
        )
    encoder = SequenceEncoder(dataset.num_items, settings.encoder).to(device)
    return SequenceTask(dataset, settings, encoder, MetaContrast(encoder, settings, dataset), device)


models.register("mclrec")(
    ModelEntry(
        name="mclrec",
        settings=MclrecSettings,
        build=build,
        summary="contrast with views by learnt augmenters, trained by meta-optimisation",
        paper="Qin et al., SIGIR 2023, arXiv 2304.07763",
    )
)
