"""What a trained run's evaluation may be changed to, and what may not."""

import pytest
import torch

from core.command_line.plan import Plan, with_evaluation
from core.domain import ModelEntry
from core.errors import UserError
from core.settings import Section


class Scoring(Section):
    """Settings of an evaluation, one of them a section that may be left out."""

    repeats: int = 5
    extra: Section | None = None


class Settings(Section):
    """A model's settings."""

    dataset: str = "planted-graph"
    model: str = "scored"
    seed: int = 0
    width: int = 8
    evaluation: Scoring = Scoring()


def refuse(settings: Settings, dataset: object, device: torch.device) -> None:
    raise AssertionError("a plan builds nothing")


@pytest.fixture
def plan() -> Plan:
    entry = ModelEntry(name="scored", settings=Settings, build=refuse, summary="none", paper="none")
    return Plan(entry, Settings(seed=3, evaluation=Scoring(repeats=9)))


def test_settings_of_the_evaluation_change_and_nothing_else(plan: Plan) -> None:
    changed = with_evaluation(plan, ["evaluation.extra={}"])
    assert changed.settings == Settings(seed=3, evaluation=Scoring(repeats=9, extra=Section()))
    assert with_evaluation(plan, ["evaluation.repeats=2"]).settings.evaluation == Scoring(repeats=2)
    assert with_evaluation(plan, []).settings == plan.settings


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("width=3", "width=3: of a run that is trained only settings of the evaluation"),
        ("seed=1", "begin with evaluation"),
        ("evaluations.repeats=1", "begin with evaluation"),
        ("evaluation.repeat=1", "did you mean evaluation.repeats"),
        ("evaluation.repeats=x", r"evaluation.repeats \(from --set\) expects an integer"),
        ("evaluation=3", "evaluation"),
        ("evaluation.repeats", "expected section.key=value"),
    ],
)
def test_mistakes(plan: Plan, assignment: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        with_evaluation(plan, ["evaluation.repeats=2", assignment])
