"""The registry: filled by a package's modules, read by name."""

import pytest

from core.errors import UserError
from core.registry import Family, Registry, family_of
from tests.core.tiny_domain import models


def test_modules_register_at_the_first_look_up() -> None:
    assert models.names() == ["hill", "tiny", "tiny-recommender"]
    assert models.get("tiny").summary == "an auto-encoder"
    assert "tiny" in models
    assert list(models) == models.names()


def test_unknown_name_is_a_user_error_with_the_closest() -> None:
    with pytest.raises(UserError, match="did you mean tiny"):
        models.get("tini")


def test_a_name_taken_twice_is_refused() -> None:
    registry: Registry[int] = Registry("number", "tests.core.tiny_models")
    registry.register("one")(1)
    with pytest.raises(ValueError, match="registered twice"):
        registry.register("one")(2)


def wizards() -> Registry[int]:
    registry: Registry[int] = Registry("wizard", "tests.core.tiny_models")
    registry.register("alone")(0)
    registry.register_family("grey", Family(len, lambda: ["Gandalf"], "those in grey", "no paper"))
    return registry


def test_a_family_makes_its_members_when_asked() -> None:
    registry = wizards()
    assert registry.get("grey:Radagast") == 8
    assert "grey:Radagast" in registry
    assert "grey" not in registry
    assert "blue:Pallando" not in registry
    assert registry.names() == ["alone"]
    assert registry.spellings() == ["alone", "grey:NAME"]
    assert registry.members() == ["grey:Gandalf"]
    assert registry.families()["grey"].summary == "those in grey"
    with pytest.raises(ValueError, match="registered twice"):
        registry.register_family("grey", registry.families()["grey"])


@pytest.mark.parametrize("name", ["Gandalf", "gandalf", "GREY", "grey"])
def test_a_members_bare_name_and_a_bare_family_get_the_full_spelling(name: str) -> None:
    with pytest.raises(UserError, match=r"did you mean grey:.*Known: alone, grey:NAME$"):
        wizards().get(name)


def test_case_does_not_hide_the_closest() -> None:
    with pytest.raises(UserError, match="did you mean alone"):
        wizards().get("ALONE")


def test_the_family_of_a_name() -> None:
    assert [family_of(name) for name in ("grey:Gandalf", "grey", "a:b:c")] == ["grey", "grey", "a"]
