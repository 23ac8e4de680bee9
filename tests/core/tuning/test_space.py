"""The search space: what a file may say, and what the settings of a model say to it."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.command_line.plan import Plan, Request, make_plan
from core.errors import UserError
from core.tuning.check import check_space
from core.tuning.space import Choices, Range, Space, assignments, read_space
from tests.core.tiny_domain import domain

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def space_of(folder: Path, text: str) -> Space:
    path = folder / "space.yaml"
    path.write_text(text, encoding="utf-8")
    return read_space(path)


def make(values: Mapping[str, Any]) -> Plan:
    request = Request("planted-graph", "hill", assignments=assignments(values), assigned_by="")
    return make_plan(request, [domain], CONFIGS)


def test_whole_numbers_where_the_setting_takes_nothing_else(tmp_path: Path) -> None:
    space = space_of(tmp_path, "x: {low: -1, high: 1}\nwidth: {low: 1, high: 8}\n")
    assert [one.is_whole for one in space.parameters if isinstance(one, Range)] == [True, True]
    checked = check_space(space, make)
    assert [one.is_whole for one in checked.parameters if isinstance(one, Range)] == [False, True]


def test_sections_may_be_nested(tmp_path: Path) -> None:
    nested = space_of(tmp_path, "trainer:\n  epochs: {low: 1, high: 3}\n  clip_norm: {low: 0.1, high: 1}\n")
    assert (
        nested.parameters
        == space_of(tmp_path, "trainer.epochs: {low: 1, high: 3}\ntrainer.clip_norm: {low: 0.1, high: 1}\n").parameters
    )


def test_samples_keep_to_the_bounds_the_steps_and_the_conditions(tmp_path: Path) -> None:
    space = space_of(
        tmp_path,
        "kind: {choices: [round, flat]}\n"
        "x: {low: 0.001, high: 1, log: true, when: {kind: round}}\n"
        "width: {low: 2, high: 9, step: 3}\n"
        "pieces: {choices: [[1], [1, 2]]}\n",
    )
    source = random.Random(1)
    drawn = [space.values(lambda one: one.sample(source)) for _ in range(200)]
    assert all(("x" in one) == (one["kind"] == "round") for one in drawn)
    assert {one["width"] for one in drawn} == {2, 5, 8}
    xs = [one["x"] for one in drawn if "x" in one]
    assert 0.001 <= min(xs) < 0.01
    assert 0.1 < max(xs) <= 1
    assert sum(x < 0.0316 for x in xs) == pytest.approx(len(xs) / 2, rel=0.4)
    assert make(drawn[0]).settings.pieces in ([1], [1, 2])


def test_what_a_study_keeps_is_read_back() -> None:
    choices = Choices("pieces", ([1], [1, 2], None, "text"), {})
    assert [choices.read(one) for one in ("[1]", "[1, 2]", None, "text")] == [[1], [1, 2], None, "text"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no setting"),
        ("x: 3\n", "x expects {low: ..., high: ...} or {choices: [...]}, got 3"),
        ("x: {low: 1}\n", "give both low and high"),
        ("x: {low: 1, hihg: 2}\n", "did you mean high?"),
        ("x: {low: a, high: 2}\n", "low (from {path}: x): expected a number, got 'a'"),
        ("x: {low: 2, high: 1}\n", "low is 2, which is more than high, 1"),
        ("x: {low: 0, high: 1, log: true}\n", "low must be more than 0"),
        ("x: {low: 1, high: 4, log: true, step: 2}\n", "log and step do not go together"),
        ("x: {choices: []}\n", "choices (from {path}: x)"),
        ("x: {choices: [1, 2, 1]}\n", "a choice is given twice"),
        ("x: {low: 0, high: 1, when: {kind: round}}\n", "when: kind must stand above with its choices"),
        ("kind: {choices: [round]}\nx: {low: 0, high: 1, when: {kind: flat}}\n", "'flat' is not among the choices"),
        ("x: {low: 0, high: 1}\nx: {low: 0, high: 2}\n", "given twice"),
    ],
)
def test_mistakes_of_the_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        space_of(tmp_path, text)
    assert str(tmp_path / "space.yaml") in str(caught.value)
    assert said.replace("{path}", str(tmp_path / "space.yaml")) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("widht: {low: 1, high: 4}\n", "widht = 1 is refused: unknown setting widht; did you mean width?"),
        ("x: {low: 0, high: 5}\n", "x = 5 is refused: x: input should be less than or equal to 3"),
        ("kind: {choices: [round, flatt]}\n", "kind = 'flatt' is refused"),
        (
            "width: {low: 1.0, high: 4}\n",
            "width takes whole numbers alone: write its bounds without a point, such as 1",
        ),
        ("heads: {choices: [1, 3]}\n", "3 heads do not share a width of 4"),
        ("seed: {low: 0, high: 9}\n", "seed cannot be searched: a trial that is lucky"),
        ("data.target_nodes: {low: 10, high: 90}\n", "data.target_nodes cannot be searched"),
        ("trainer.monitor: {choices: [loss, valid/height]}\n", "trainer.monitor cannot be searched"),
        ("trainer: {choices: [{epochs: 3}, {monitor: loss}]}\n", "trainer cannot be searched: trials compare by one"),
        ("evaluation.filter_seen: {choices: [true, false]}\n", "evaluation.filter_seen cannot be searched: all trials"),
    ],
)
def test_what_the_settings_refuse(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        check_space(space_of(tmp_path, text), make)
    assert f"{tmp_path / 'space.yaml'}: " in str(caught.value)
    assert said in str(caught.value)


def test_values_that_go_together_only_are_no_mistake(tmp_path: Path) -> None:
    space = space_of(tmp_path, "width: {choices: [4, 6]}\nheads: {choices: [1, 3]}\n")
    assert check_space(space, make).parameters == space.parameters
