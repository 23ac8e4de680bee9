"""The walk baseline: MetaPath2Vec along all meta-paths in turn."""

import torch
from pydantic import Field

from core.domain import ModelEntry
from core.errors import UserError
from core.settings import Section
from datasets import GraphDataset
from datasets.description import Walks
from datasets.metapath2vec import target_embedding
from graphcl.domain import models
from graphcl.evaluation import check_evaluation
from graphcl.frozen_task import FrozenTask
from graphcl.settings import EvaluatedSettings


class WalkSettings(Section):
    """How the walks are taken and learnt from.

    Attributes:
        dimension: width of the embedding.
        walk_length: nodes in a walk.
        context_size: nodes in a window.
        walks_per_node: walks from every target node in an epoch.
        negatives: random walks drawn for each real one.
        epochs: passes over the target nodes.
    """

    dimension: int = Field(64, ge=1)
    walk_length: int = Field(40, ge=2)
    context_size: int = Field(5, ge=2)
    walks_per_node: int = Field(5, ge=1)
    negatives: int = Field(5, ge=1)
    epochs: int = Field(5, ge=1)


class Metapath2VecSettings(EvaluatedSettings):
    """All settings of the MetaPath2Vec baseline."""

    walks: WalkSettings = WalkSettings()


def build(settings: Metapath2VecSettings, dataset: GraphDataset, device: torch.device) -> FrozenTask:
    """Learn the walk embedding (kept on disk for later runs) and freeze it.

    Raises:
        UserError: when the graph has no meta-path to walk along, or not the labels that the evaluation asks for.
    """
    check_evaluation(dataset, settings.evaluation)
    if not dataset.meta_paths:
        raise UserError(f"{dataset.name} has no meta-path to walk along; give at least one")
    walks = Walks(**settings.walks.model_dump(), seed=settings.seed)
    vectors = target_embedding(dataset, walks).to(device)
    return FrozenTask(vectors, dataset, settings.evaluation, settings.seed)


models.register("metapath2vec")(
    ModelEntry(
        name="metapath2vec",
        settings=Metapath2VecSettings,
        build=build,
        summary="baseline: random walks along the meta-paths, skip-gram",
        paper="Dong et al., KDD 2017",
    )
)
