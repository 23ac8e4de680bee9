"""MCLRec: learnt augmenters make two more views of each history, and are trained through the encoder they help."""

from collections.abc import Mapping
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim import Optimizer

from core.domain import ModelEntry
from core.errors import UserError
from core.losses import catalogue_softmax, contrastive_regulariser, nt_xent
from core.settings import Section
from core.task import Update
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.augmentations import AugmentationSettings
from recsys.domain import models
from recsys.encoders import SequenceEncoder
from recsys.learner import Step
from recsys.model_augmenter import AugmenterSettings, ModelAugmenter
from recsys.optimizer import make_adam
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings
from recsys.views import EncodedViews, encode_views, with_views


class MclrecObjective(Section):
    """MCLRec's loss and how it is optimised.

    Attributes:
        contrast_weight: lambda, of the contrast between the two data views; 0 leaves it out.
        meta_weight: beta, of everything that the augmenters' views take part in.
        meta_contrast: whether those views are contrasted at all (off: the paper's ablation).
        regulariser_weight: of the regulariser, relative to the augmenters' contrast; 0 leaves it out.
        temperature: divides the dot products of all contrasts.
        strategy: `meta` is three updates a batch (encoder, augmenters, encoder); `alternate` is the paper's
            Algorithm 1: in every epoch one pass over the data for the encoder, then one for the augmenters;
            `joint` moves all parameters by one loss (MCLRec-J).
    """

    contrast_weight: float = Field(0.03, ge=0)
    meta_weight: float = Field(0.1, ge=0)
    meta_contrast: bool = True
    regulariser_weight: float = Field(0.1, ge=0)
    temperature: float = Field(1.0, gt=0)
    strategy: Literal["meta", "joint", "alternate"] = "meta"


class MetaContrast:
    """``L = L_rec + lambda L_cl1 + beta (L_cl2 + gamma R)`` for the encoder, ``L_cl2 + gamma R`` for the augmenters.

    ``L_cl1 = NT-Xent(h1, h2)``, ``L_cl2`` the sum of NT-Xent and ``R`` that of the regulariser over the pairs
    (h1, z2), (h2, z1), (z1, z2), with ``z = G(h)``; gamma is `regulariser_weight`, except that `alternate` multiplies
    it by beta in the augmenters' loss, as the paper does. Qin et al., *Meta-optimized Contrastive Learning for
    Sequential Recommendation*, SIGIR 2023, equations 7 to 15 and Algorithm 1, and its public code; L_rec is the
    softmax over the whole catalogue.

    Of the three updates of `meta`, the second asks for no gradient of the encoder. It does not move the encoder
    either, so the third goes on from the states that the second was given: the same dropout masks serve both, and a
    third pass of the encoder is saved. The encoder makes two steps a batch, which a comparison with models that make
    one should keep in mind.
    """

    def __init__(self, encoder: SequenceEncoder, settings: "MclrecSettings") -> None:
        self._encoder = encoder
        self._objective = settings.objective
        self._augmentation = settings.augmentation
        width, augmenter = settings.encoder.hidden, settings.augmenter
        first = ModelAugmenter(width, augmenter.widths)
        second = first if augmenter.shared else ModelAugmenter(width, augmenter.widths)
        self.augmenters = nn.ModuleList([first, second]).to(encoder.table.device)
        self.module: nn.Module = nn.ModuleDict({"encoder": encoder, "augmenters": self.augmenters})
        self._learns_views = settings.objective.meta_contrast or settings.objective.regulariser_weight > 0
        moves_encoder, moves_augmenters = (encoder, settings.optimizer), (self.augmenters, augmenter.optimizer)
        self.optimizers: Mapping[str, Optimizer] = {
            "encoder": make_adam(moves_encoder),
            "augmenters": make_adam(moves_augmenters),
        }
        self.steps: tuple[Step, ...] = (self.meta_step,)
        if settings.objective.strategy == "joint":
            self.optimizers = {"all": make_adam(moves_encoder, moves_augmenters)}
            self.steps = (self.joint_step,)
        if settings.objective.strategy == "alternate":
            self.steps = (self.encoder_step, self.augmenter_step) if self._learns_views else (self.encoder_step,)

    def meta_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Move the encoder, then the augmenters, then the encoder again."""
        batch = self._encoder.prepare(with_views(inputs, self._augmentation))
        self._update_encoder(encode_views(self._encoder, batch), targets, update)
        encoded = encode_views(self._encoder, batch)
        parts = self._update_augmenters(encoded, self._objective.regulariser_weight, update)
        return {**parts, **self._update_encoder(encoded, targets, update)}

    def joint_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Move everything by the encoder's loss."""
        encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        return self._update_encoder(encoded, targets, update, optimizer="all")

    def encoder_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do stage one of Algorithm 1."""
        return self._update_encoder(
            encode_views(self._encoder, with_views(inputs, self._augmentation)), targets, update
        )

    def augmenter_step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do stage two of Algorithm 1."""
        with torch.no_grad():
            encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        gamma = self._objective.meta_weight * self._objective.regulariser_weight
        return self._update_augmenters(encoded, gamma, update)

    def _update_encoder(
        self, encoded: EncodedViews, targets: Tensor, update: Update, optimizer: str = "encoder"
    ) -> dict[str, Tensor]:
        objective = self._objective
        recommendation = catalogue_softmax(encoded.history, self._encoder.table, targets)
        loss, parts = recommendation, {"recommendation": recommendation}
        if objective.contrast_weight > 0:
            contrast = nt_xent(encoded.first, encoded.second, temperature=objective.temperature)
            loss, parts["contrast"] = loss + objective.contrast_weight * contrast, contrast
        if objective.meta_weight > 0 and self._learns_views:
            meta, meta_parts = self._meta_loss(encoded.first, encoded.second, objective.regulariser_weight)
            loss, parts = loss + objective.meta_weight * meta, {**parts, **meta_parts}
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
        if self._objective.meta_contrast:
            contrasts = [nt_xent(*pair, temperature=self._objective.temperature) for pair in pairs]
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
    objective: MclrecObjective = MclrecObjective()


def build(settings: MclrecSettings, dataset: SequenceDataset, device: torch.device) -> SequenceTask:
    """Build MCLRec for an interaction log.

    Raises:
        UserError: when `meta`, whose second update must see what the first one did, is to accumulate.
    """
    if settings.objective.strategy == "meta" and settings.trainer.accumulate > 1:
        raise UserError(
            f"trainer.accumulate is {settings.trainer.accumulate}, but each update of objective.strategy=meta must "
            "follow the one before it; use a larger batches.size instead, or objective.strategy=joint"
        )
    encoder = SequenceEncoder(dataset.num_items, settings.encoder).to(device)
    return SequenceTask(dataset, settings, encoder, MetaContrast(encoder, settings), device)


models.register("mclrec")(
    ModelEntry(
        name="mclrec",
        settings=MclrecSettings,
        build=build,
        summary="contrast with views by learnt augmenters, trained by meta-optimisation",
        paper="Qin et al., SIGIR 2023, arXiv 2304.07763",
    )
)
