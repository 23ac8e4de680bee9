"""What the descriptions of both kinds of data share: strict sections and the types of their values."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from core.errors import unknown_name

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _parts_columns(separator: str) -> str:
    if len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0':
        raise ValueError(f"expected one ASCII character, no quote and no line end, got {separator!r}")
    return separator


Separator = Annotated[str, AfterValidator(_parts_columns)]


def _as_text(value: object) -> object:
    # YAML reads a bare 2019, a column's name, as a number. A bare yes becomes true: what stood there is lost.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ColumnName = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
"""The name of a table's column; of a table without a header, its number from 1."""


class Section(BaseModel):
    """A frozen part of a description that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, value: Any) -> Any:
        # Before all else: what is missing is mostly what is misspelt here, and pydantic knows no closest key.
        for key in value if isinstance(value, Mapping) else ():
            if key not in cls.model_fields:
                raise ValueError(str(unknown_name("key", str(key), cls.model_fields)))
        return value


def form(section: type[Section]) -> Tag:
    """Mark one of several forms that a section may have; see `form_by_key`."""
    return Tag(f"<{section.__name__}>")


def form_by_key(telling: Mapping[str, type[Section]], otherwise: type[Section]) -> Discriminator:
    """Choose the form of a section by the key that only this form has, so that errors speak of one form alone.

    Where there is no such key, perhaps because it is misspelt, the form is taken that knows most of the keys.
    """
    forms = (otherwise, *telling.values())

    def choose(value: object) -> str:
        if isinstance(value, Section):
            return form(type(value)).tag
        keys = [str(key) for key in value] if isinstance(value, Mapping) else []
        told = next((section for key, section in telling.items() if key in keys), None)
        return form(told or max(forms, key=lambda one: _alike(keys, one))).tag

    return Discriminator(choose)


def _alike(keys: Sequence[str], section: type[Section]) -> int:
    """Return how many of the keys are a section's own, or nearly."""
    return sum(bool(get_close_matches(key, section.model_fields, n=1)) for key in keys)
