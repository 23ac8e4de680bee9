"""Contrastive objectives by name: what a model trains its views by, chosen with `objective.name`."""

from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import build_objective, chooses_objective, objective_named, objectives
from core.objectives.settings import ObjectiveSettings, SchedulableTemperature, temperature_at

__all__ = [
    "Objective",
    "ObjectiveEntry",
    "ObjectiveSettings",
    "Offer",
    "SchedulableTemperature",
    "Views",
    "build_objective",
    "chooses_objective",
    "objective_named",
    "objectives",
    "temperature_at",
]
