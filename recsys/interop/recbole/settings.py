"""The settings of a RecBole model."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from core.settings import OptimizerSettings, TrainerSettings
from recsys.interop.recbole.catalogue import complete_hyper_parameters
from recsys.settings import BatchSettings, EvaluatedSettings


class PaddedBatchSettings(BatchSettings):
    """Batches as RecBole takes them: `size` histories of at most `max_length` items, padded to that length."""

    size: int = Field(2048, ge=2)
    max_length: int = Field(50, ge=1)


class RecboleSettings(EvaluatedSettings):
    """What a RecBole model needs. `recbole` holds its own hyper-parameters, by RecBole's names and defaults."""

    trainer: TrainerSettings = TrainerSettings(epochs=300, patience=10, monitor="valid/mrr@10")
    optimizer: OptimizerSettings = OptimizerSettings()
    batches: PaddedBatchSettings = PaddedBatchSettings()
    recbole: dict[str, Any] = Field(default_factory=dict, validate_default=True)

    @field_validator("recbole")
    @classmethod
    def _complete(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return complete_hyper_parameters(model_name(info.data["model"]), given)


def model_name(full: str) -> str:
    """Return the name that RecBole gives a model.

    >>> model_name("recbole:GRU4Rec")
    'GRU4Rec'
    """
    return full.partition(":")[2]
