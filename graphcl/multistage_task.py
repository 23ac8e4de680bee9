"""Contrastive training in stages as a task: a fresh encoder a stage, frozen when the next one begins."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from core.clustering import spherical_kmeans
from core.diagnosis import diagnose
from core.errors import UserError
from core.multistage import join_stages, refine
from core.randomness import generator
from core.report import Picture
from core.settings import Section
from core.task import Update
from datasets import GraphDataset
from graphcl.encoders import EncodedViews, ViewEncoder
from graphcl.evaluation import describe_evaluation, diagnose_nodes, evaluate_embeddings
from graphcl.pictures import stage_attention_picture
from graphcl.settings import ContrastSettings
from graphcl.views import ViewBuilder, ViewSet

StageLoss = Callable[[EncodedViews, Tensor], Tensor]
"""From the encoded views and the cell of every node (N, int64) to a scalar."""


class StageSettings(Section):
    """How training is divided, and how a stage's embedding is clustered when the next one begins.

    Attributes:
        count: the number of stages; they share `trainer.epochs` equally.
        clusters: the number of clusters of every clustering.
        starts, iterations: of spherical k-means.
    """

    count: int = Field(3, ge=1)
    clusters: int = Field(10, ge=2)
    starts: int = Field(2, ge=1)
    iterations: int = Field(20, ge=0)


class Stages(nn.Module):
    """All that a checkpoint must carry: the encoders, the clusterings, and how far each stage has come.

    Shapes:
        clusterings: S x N int64, line s made by the encoder of stage s - 1; the first has one cluster for all;
        trained: S int64, epochs.
    """

    clusterings: Tensor
    trained: Tensor

    def __init__(self, encoders: Iterable[ViewEncoder], nodes: int) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        count = len(self.encoders)
        self.register_buffer("clusterings", torch.zeros(count, nodes, dtype=torch.int64))
        self.register_buffer("trained", torch.zeros(count, dtype=torch.int64))


class MultistageTask:
    """Trains one :class:`ViewEncoder` after the other, each to tell apart what those before it have confused.

    Within a stage only its own encoder learns, by an optimiser of its own. The embedding is that of all stages
    trained so far, side by side.

    Args:
        dataset: the graph.
        settings: of trainer, views, encoder, optimiser and evaluation.
        stages: how training is divided.
        loss: of a stage; the cells are those of the clusterings of all stages before it.
        device: where everything lives.

    Raises:
        UserError: when epochs, stages, clusters and nodes do not go together, or the trainer is to stop early or to
            choose an epoch.
    """

    def __init__(
        self,
        dataset: GraphDataset,
        settings: ContrastSettings,
        stages: StageSettings,
        loss: StageLoss,
        device: torch.device | str,
    ) -> None:
        _check_trainer(settings, stages)
        _check_clusters(dataset, stages)
        self._dataset = dataset
        self._settings = settings
        self._plan = stages
        self._loss = loss
        self._epochs = settings.trainer.epochs // stages.count
        self._builder = ViewBuilder(dataset, settings.views, seed=settings.seed, device=device)
        views = self._builder.views()
        encoders = [ViewEncoder(views, settings.encoder) for _ in range(stages.count)]
        self._held = Stages(encoders, views.sizes[views.target]).to(device)
        self.module: nn.Module = self._held
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {
            _name(stage): torch.optim.Adam(
                encoder.parameters(), lr=settings.optimizer.lr, weight_decay=settings.optimizer.weight_decay
            )
            for stage, encoder in enumerate(self._held.encoders)
        }
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)
        self._stage: int | None = None
        self._cells = torch.empty(0)

    def batches(self, epoch: int) -> Iterable[ViewSet]:
        """Return the epoch's views: the whole graph is one batch. Begins the epoch's stage if it has not begun."""
        stage = epoch // self._epochs
        if stage != self._stage:
            self._begin(stage, epoch)
        return [self._builder.views(epoch)]

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Encode the views by the stage's encoder, contrast them within the cells, step once."""
        if self._stage is None:
            raise RuntimeError("no stage has begun; ask for an epoch's batches first")
        encoded: EncodedViews = self._held.encoders[self._stage](batch)
        # Sums over thousands of exponentials are no place for half precision.
        with torch.autocast(encoded.embedding.device.type, enabled=False):
            encoded = encoded.float()
            loss = self._loss(encoded, self._cells)
        update(_name(self._stage), loss)
        self._held.trained[self._stage] += 1
        return {"loss": loss.detach()} | diagnose(encoded.coarse, encoded.fine)

    def validate(self) -> dict[str, float]:
        """Return nothing: every stage is trained to its end, so there is no epoch to choose."""
        return {}

    @torch.no_grad()
    def encode(self, stage: int) -> EncodedViews:
        """Encode the first epoch's views by one stage's encoder, counted from 0, in eval mode (no dropout)."""
        encoder = self._held.encoders[stage]
        was_training = encoder.training
        encoder.eval()
        encoded: EncodedViews = encoder(self._builder.views())
        encoder.train(was_training)
        return encoded

    def evaluate(self) -> dict[str, float]:
        """Evaluate the frozen embeddings of the target nodes, and diagnose them."""
        vectors = self._joined()
        scores = evaluate_embeddings(vectors, self._dataset, self._settings.evaluation, seed=self._settings.seed)
        return scores | diagnose_nodes(vectors, self._dataset)

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the target nodes' external ids and their embeddings, N x (stages x hidden) float32."""
        return np.asarray(self._dataset.node_ids), self._joined().float().cpu().numpy()

    def pictures(self) -> list[Picture]:
        """Return the attention over the views, stage by stage."""
        names = [name for path in self._builder.views().paths for name in (path.name, f"{path.name} masked")]
        weights = [self.encode(stage).attention.cpu().numpy() for stage in self._begun()]
        return [stage_attention_picture(names, np.stack(weights))]

    def _begun(self) -> range:
        """Return the stages that have been trained, one at least: those of a finished run are all of them."""
        return range(max(1, int((self._held.trained > 0).sum())))

    def _joined(self) -> Tensor:
        return join_stages([self.encode(stage).embedding for stage in self._begun()])

    def _begin(self, stage: int, epoch: int) -> None:
        """Cluster the embedding of the stage before, unless a checkpoint brought that, and refine the cells."""
        trained = self._held.trained.tolist()
        if trained != [min(max(epoch - one * self._epochs, 0), self._epochs) for one in range(len(trained))]:
            raise UserError(
                f"trainer.epochs: the stages have been trained for {trained} epochs, which does not fit stages of "
                f"{self._epochs}; go on with the trainer.epochs that the run began with"
            )
        if stage > 0 and trained[stage] == 0:
            self._held.clusterings[stage] = self._cluster(stage - 1)
        self._stage, self._cells = stage, refine(self._held.clusterings[: stage + 1])

    def _cluster(self, stage: int) -> Tensor:
        points = functional.normalize(self.encode(stage).embedding.float(), dim=1)
        (found,) = spherical_kmeans(
            points,
            [self._plan.clusters],
            starts=self._plan.starts,
            iterations=self._plan.iterations,
            generator=generator(self._settings.seed, "clusters of stage", stage),
        )
        return found.assignment


def _name(stage: int) -> str:
    return f"stage {stage + 1}"


def _check_trainer(settings: ContrastSettings, stages: StageSettings) -> None:
    trainer, count = settings.trainer, stages.count
    if trainer.epochs < count or trainer.epochs % count:
        below = trainer.epochs // count * count
        nearest = " or ".join(str(epochs) for epochs in (below, below + count) if epochs)
        raise UserError(
            f"trainer.epochs: {trainer.epochs} epochs cannot be shared equally by {count} stages; "
            f"choose {nearest} epochs, or other stages.count"
        )
    if trainer.patience is not None:
        raise UserError(
            f"trainer.patience is {trainer.patience}, but every stage is trained to its end, and losses of different "
            "stages cannot be compared; use --set trainer.patience=null"
        )
    if trainer.keep != "last":
        raise UserError(
            f"trainer.keep is {trainer.keep!r}, but an earlier epoch lacks the stages after it; "
            "use --set trainer.keep=last"
        )


def _check_clusters(dataset: GraphDataset, stages: StageSettings) -> None:
    nodes = int(dataset.graph[dataset.target].num_nodes)
    cells = stages.clusters ** (stages.count - 1)
    if 2 * cells > nodes:
        raise UserError(
            f"stages.clusters: {stages.clusters} clusters in each of {stages.count - 1} stages make up to {cells} "
            f"cells, too many to tell {nodes} {dataset.target} nodes apart within them (2 a cell at least); "
            "choose fewer stages.clusters or a smaller stages.count"
        )
