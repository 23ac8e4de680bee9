"""Settings: which layer wins, and what a mistake is answered with."""

from pathlib import Path

import pytest

from core.errors import UserError
from core.settings import OptimizerSettings, Section, TrainerSettings
from core.settings_files import parse_assignments, read_settings_file, write_settings
from core.settings_layers import Layer, model_layers, resolve, schema_keys


class Views(Section):
    top_k: int | dict[str, int] = 10


class Whole(Section):
    dataset: str = "d"
    trainer: TrainerSettings = TrainerSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    views: Views = Views()


def from_set(*assignments: str) -> Whole:
    return resolve(Whole, [Layer(parse_assignments(assignments), "--set")])


def test_later_layers_win_key_by_key() -> None:
    layers = [
        Layer({"trainer": {"epochs": 5, "patience": 3}, "views": {"top_k": 4}}, "a"),
        Layer({"trainer": {"epochs": 7}, "views": {"top_k": {"PAP": 2}}}, "b"),
    ]
    settings = resolve(Whole, layers)
    assert (settings.trainer.epochs, settings.trainer.patience) == (7, 3)
    assert settings.views.top_k == {"PAP": 2}


def test_layers_are_not_changed() -> None:
    first = {"trainer": {"epochs": 5}}
    resolve(Whole, [Layer(first, "a"), Layer({"trainer": {"epochs": 6}}, "b")])
    assert first == {"trainer": {"epochs": 5}}


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("trainer.epoch=5", "unknown setting trainer.epoch (from --set); did you mean trainer.epochs?"),
        ("optimiser.lr=5", "unknown setting optimiser (from --set); did you mean optimizer?"),
        ("trainer.epochs=abc", "trainer.epochs (from --set) expects an integer, got 'abc'"),
        (
            "trainer.epochs=-1",
            "trainer.epochs (from --set): input should be greater than or equal to 0, got -1",
        ),
        ("optimizer.lr=fast", "optimizer.lr (from --set) expects a number, got 'fast'"),
        ("trainer=5", "trainer (from --set) expects a section of keys and values, got 5"),
        ("trainer.mode=up", "trainer.mode (from --set): input should be 'min' or 'max', got 'up'"),
    ],
)
def test_mistakes_name_key_origin_and_remedy(assignment: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        from_set(assignment)
    assert str(caught.value) == message


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(UserError) as caught:
        from_set("trainer.epochs=abc", "optimizer.lr=fast")
    assert len(str(caught.value).splitlines()) == 2


def test_exponents_without_a_dot_are_numbers() -> None:
    assert parse_assignments(["a.b=5e-4", "a.c=1E3", "a.d=-2e5"]) == {"a": {"b": 5e-4, "c": 1e3, "d": -2e5}}
    assert from_set("optimizer.lr=5e-4").optimizer.lr == 5e-4


@pytest.mark.parametrize("assignment", ["trainer.epochs", "=5", ".epochs=5", "trainer.=5", "a.b=[1"])
def test_malformed_assignments_are_user_errors(assignment: str) -> None:
    with pytest.raises(UserError, match="--set"):
        parse_assignments([assignment])


def test_a_value_cannot_also_be_a_section() -> None:
    with pytest.raises(UserError, match="already given a plain value"):
        parse_assignments(["trainer=5", "trainer.epochs=5"])


def test_model_file_gives_defaults_then_the_block(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("model: m\ndefaults:\n  trainer: {epochs: 3}\ndatasets:\n  acm:\n    trainer: {epochs: 9}\n")
    assert resolve(Whole, model_layers(path, "acm")).trainer.epochs == 9
    assert resolve(Whole, model_layers(path, "dblp")).trainer.epochs == 3


def test_model_file_mistake_names_the_file_and_block(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("datasets:\n  acm:\n    trainer: {epoch: 9}\n")
    with pytest.raises(UserError, match=r"trainer\.epoch .*m\.yaml, datasets\.acm.*trainer\.epochs"):
        resolve(Whole, model_layers(path, "acm"))
    path.write_text("default: {}\n")
    with pytest.raises(UserError, match="unknown key 'default'"):
        model_layers(path, "acm")
    path.write_text("defaults: 3\n")
    with pytest.raises(UserError, match="expects keys and values"):
        model_layers(path, "acm")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "s.yaml:2: key 'a' is given twice"),
        ("a: [1\n", r"s\.yaml:\d"),
        ("- 1\n", "top level"),
        ("a: !!python/object/apply:os.system [ls]\n", r"s\.yaml:1"),
    ],
)
def test_bad_files_are_user_errors_with_a_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read_settings_file(path)


def test_missing_and_binary_files_are_user_errors(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_settings_file(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(UserError, match="cannot be read"):
        read_settings_file(tmp_path / "binary.yaml")
    with pytest.raises(UserError, match="cannot be read"):
        read_settings_file(tmp_path)


def test_written_settings_read_back_equal(tmp_path: Path) -> None:
    values = from_set("optimizer.lr=1e-7", "views.top_k={PAP: 3}", "trainer.patience=4").model_dump(mode="json")
    path = tmp_path / "s.yaml"
    path.write_text(write_settings(values))
    assert read_settings_file(path) == values


def test_schema_keys_include_sections_behind_optional_types() -> None:
    class Outer(Section):
        inner: Views | None = None

    assert list(schema_keys(Outer)) == ["inner", "inner.top_k"]


@pytest.mark.parametrize("text", ["{[1, 2]: 3}", "{{a: 1}: 2}"])
def test_a_key_that_is_no_text_is_a_mistake_with_a_place(text: str) -> None:
    with pytest.raises(UserError, match="key must be plain text"):
        parse_assignments([f"data={text}"])
