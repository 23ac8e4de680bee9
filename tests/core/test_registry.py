"""The registry: filled by a package's modules, read by name."""

import pytest

from core.errors import UserError
from core.registry import Registry
from tests.core.tiny_domain import models


def test_modules_register_at_the_first_look_up() -> None:
    assert models.names() == ["tiny", "tiny-recommender"]
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
