"""RecBole's sequential models, each as recbole:<its name>."""

import torch

from core.domain import ModelEntry
from core.registry import Family
from datasets import SequenceDataset
from recsys.domain import models
from recsys.interop.recbole.catalogue import check_model, sequential_models
from recsys.interop.recbole.settings import RecboleSettings
from recsys.interop.recbole.task import RecboleTask


def build(settings: RecboleSettings, dataset: SequenceDataset, device: torch.device) -> RecboleTask:
    """Build a model of RecBole for an interaction log."""
    return RecboleTask(dataset, settings, device)


def entry_of(name: str) -> ModelEntry:
    """Return the entry of a sequential model of RecBole; raises UserError if there is none, or no RecBole."""
    check_model(name)
    return ModelEntry(
        name=f"recbole:{name}",
        settings=RecboleSettings,
        build=build,
        summary=f"{name} as RecBole has it: network and loss are RecBole's; split, trainer and evaluation are ours",
        paper="RecBole: Zhao et al., CIKM 2021, arXiv 2011.01731",
    )


models.register_family(
    "recbole",
    Family(
        make=entry_of,
        members=sequential_models,
        summary="any sequential model of RecBole, such as recbole:GRU4Rec, on our split and by our evaluation",
        paper="Zhao et al., CIKM 2021, arXiv 2011.01731",
    ),
)
