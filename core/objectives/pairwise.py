"""From a loss of two views and a temperature to an objective."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from core.objectives.entry import Objective, Views
from core.objectives.settings import ObjectiveSettings, SchedulableTemperature, temperature_at


class TemperatureSettings(ObjectiveSettings):
    """What an objective with one temperature has: a number, or a schedule over epochs."""

    temperature: SchedulableTemperature = 0.5


def pairwise(loss: Callable[..., Tensor], settings: TemperatureSettings, **more: Any) -> Objective:
    """Return the objective ``loss(anchor, other, temperature=..., block=..., **more)``."""
    return partial(_of_pair, loss, settings, more)


def many_views(loss: Callable[..., Tensor], settings: TemperatureSettings, **more: Any) -> Objective:
    """Return the objective ``loss([view, view, ...], temperature=..., block=..., **more)`` of all views given."""
    return partial(_of_all, loss, settings, more)


def _of_pair(
    loss: Callable[..., Tensor], settings: TemperatureSettings, more: dict[str, Any], views: Views
) -> dict[str, Tensor]:
    temperature = temperature_at(settings.temperature, views.epoch)
    return {"loss": loss(views.anchor, views.other, temperature=temperature, block=settings.block, **more)}


def _of_all(
    loss: Callable[..., Tensor], settings: TemperatureSettings, more: dict[str, Any], views: Views
) -> dict[str, Tensor]:
    temperature = temperature_at(settings.temperature, views.epoch)
    return {"loss": loss(views.all, temperature=temperature, block=settings.block, **more)}
