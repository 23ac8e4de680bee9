"""The table of objectives, the settings field that chooses one, and building it."""

from pydantic import BaseModel

from core.errors import UserError
from core.objectives.entry import Need, Objective, ObjectiveEntry, Offer
from core.objectives.settings import ObjectiveSettings
from core.registry import Registry
from core.section_choice import SectionChoice

objectives: Registry[ObjectiveEntry] = Registry("objective", "core.objectives.library")
"""Every module of `core.objectives.library` registers its objective here."""

_NEEDED: dict[Need, str] = {
    "neighbours": "neighbours of every row, and rows that stay the same from step to step",
    "targets": "a number for every row that is to be regressed, and rows that stay the same from step to step",
}


def objective_named(default: str) -> SectionChoice:
    """Return the mark of a settings field that holds any objective's section, by default that of `default`."""
    return SectionChoice("objective", lambda: {name: objectives.get(name).settings for name in objectives}, default)


def chooses_objective(settings: type[BaseModel]) -> bool:
    """Return whether a model's settings have an objective that can be chosen."""
    field = settings.model_fields.get("objective")
    return field is not None and any(isinstance(mark, SectionChoice) for mark in field.metadata)


def build_objective(settings: ObjectiveSettings, offer: Offer) -> Objective:
    """Return the objective that the settings name.

    Raises:
        UserError: when the model and its data cannot give what the objective needs, or the settings do not suit them.
    """
    entry = objectives.get(settings.name)
    for need in entry.needs:
        if not offer.has(need):
            raise UserError(
                f"objective {entry.name} needs {_NEEDED[need]}; {offer.place} has none of that. "
                "`python run.py list losses` says what each needs"
            )
    if settings.teacher_momentum is not None and not offer.teacher:
        raise UserError(
            f"objective.momentum asks for a momentum copy of the encoder, which {offer.place} does not have; "
            "leave it out (null), or take a graph model"
        )
    if offer.rows < 2:
        raise UserError(f"{offer.place} has {offer.rows} {offer.rows_are} in a step; a contrast needs two")
    return entry.build(settings, offer)
