"""What the descriptions of both kinds of data share: strict sections and the types of their values."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

Separator = Annotated[str, Field(min_length=1, max_length=1)]


def _as_text(value: object) -> object:
    # YAML reads a bare 2019, a column's name, as a number. A bare yes becomes true: what stood there is lost.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ColumnName = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
"""The name of a table's column; of a table without a header, its number from 1."""


class Section(BaseModel):
    """A frozen part of a description that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def form(section: type[Section]) -> Tag:
    """Mark one of several forms that a section may have; see `form_by_key`."""
    return Tag(f"<{section.__name__}>")


def form_by_key(telling: Mapping[str, type[Section]], otherwise: type[Section]) -> Discriminator:
    """Choose the form of a section by the key that only this form has, so that errors speak of one form alone."""

    def choose(value: object) -> str:
        if isinstance(value, Section):
            return form(type(value)).tag
        keys = value if isinstance(value, Mapping) else ()
        return form(next((section for key, section in telling.items() if key in keys), otherwise)).tag

    return Discriminator(choose)
