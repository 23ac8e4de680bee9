"""A section of settings whose keys depend on the name that it gives."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from core.errors import unknown_name
from core.settings import Section


class SectionChoice:
    """Marks a settings field that is one of several sections, told apart by their key `name`.

    ``objective: Annotated[ObjectiveSettings, SectionChoice("objective", sections, default="info-nce")]``: where the
    values give no name it is the default's section that they fill. A name that does not exist raises UserError with
    the closest ones.

    Args:
        what: the word for error messages.
        sections: returns the section of every name; asked when the settings class is made.
        default: the name where none is given.
    """

    def __init__(self, what: str, sections: Callable[[], Mapping[str, type[Section]]], default: str) -> None:
        self._what = what
        self._sections = sections
        self.default = default

    def name_in(self, value: Any) -> str:
        """Return the name that a section, or the values for one, give; raises UserError if there is no such."""
        given = value.get("name", self.default) if isinstance(value, Mapping) else getattr(value, "name", self.default)
        if given not in self._sections():
            raise unknown_name(self._what, str(given), self._sections())
        return str(given)

    def section(self, value: Any) -> type[Section]:
        """Return the class that values are for; what is no mapping is taken to give no name."""
        return self._sections()[self.name_in(value)]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by the section of the name."""
        schemas = {name: handler.generate_schema(section) for name, section in self._sections().items()}
        return core_schema.tagged_union_schema(dict(schemas), discriminator=self.name_in)
