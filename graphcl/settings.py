"""The settings that every graph model shares."""

from typing import Any

from pydantic import Field

from core.settings import OptimizerSettings, Section, TrainerSettings
from graphcl.encoders import EncoderSettings
from graphcl.evaluation import ProbeSettings
from graphcl.views import ViewSettings


class EvaluatedSettings(Section):
    """What any graph model needs: its data, its seed and its evaluation.

    `data` holds what is handed to the data set itself: a generator's parameters, or other meta-paths.
    """

    dataset: str
    model: str
    seed: int = Field(0, ge=0)
    data: dict[str, Any] = Field(default_factory=dict)
    evaluation: ProbeSettings = ProbeSettings()


class ContrastSettings(EvaluatedSettings):
    """What a model that contrasts meta-path views needs besides its objective."""

    trainer: TrainerSettings = TrainerSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    encoder: EncoderSettings = EncoderSettings()
    views: ViewSettings = ViewSettings()
