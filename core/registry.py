"""Names to things: a package's modules register what they offer, and are imported at the first look-up."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import unknown_name

T = TypeVar("T")

_COLON = ":"


def family_of(name: str) -> str:
    """Return what stands before the colon of a family member's name; a name of its own is returned as it is.

    >>> family_of("recbole:GRU4Rec"), family_of("meow")
    ('recbole', 'meow')
    """
    return name.partition(_COLON)[0]


@dataclass(frozen=True)
class Family(Generic[T]):
    """Entries called `family:member`, made when they are asked for.

    `make` returns a member's entry, or raises UserError if there is no such member; `members` lists the members
    that are known without further cost, perhaps none; `summary` and `paper` are lines on all of them.
    """

    make: Callable[[str], T]
    members: Callable[[], Iterable[str]]
    summary: str
    paper: str


class Registry(Generic[T]):
    """A table of named entries, filled by the modules of one package.

    Adding an entry is adding a module: no list of imports has to be kept. `what` is the word for error
    messages ("model"); `package` is the dotted name of the package whose modules register, at any depth.

    What another library offers under its own names is registered as a family: `recbole:GRU4Rec` is the member GRU4Rec
    of the family recbole.
    """

    def __init__(self, what: str, package: str) -> None:
        self._what = what
        self._package = package
        self._entries: dict[str, T] = {}
        self._families: dict[str, Family[T]] = {}
        self._imported = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that files its argument under `name`; a name taken twice is a ValueError."""

        def file(entry: T) -> T:
            if name in self._entries:
                raise ValueError(f"{self._what} {name!r} is registered twice")
            self._entries[name] = entry
            return entry

        return file

    def register_family(self, name: str, family: Family[T]) -> None:
        """File a family under its name; a name taken twice is a ValueError."""
        if name in self._families:
            raise ValueError(f"the family {name!r} of {self._what}s is registered twice")
        self._families[name] = family

    def get(self, name: str) -> T:
        """Return the entry called `name`; raises UserError with the closest names if there is none."""
        if name not in self:
            raise unknown_name(self._what, name, self.spellings(), self.members())
        if name in self._entries:
            return self._entries[name]
        family, _, member = name.partition(_COLON)
        return self._families[family].make(member)

    def names(self) -> list[str]:
        """Return the names of all single entries, sorted."""
        self._import_package()
        return sorted(self._entries)

    def families(self) -> dict[str, Family[T]]:
        """Return all families by their names, sorted."""
        self._import_package()
        return dict(sorted(self._families.items()))

    def spellings(self) -> list[str]:
        """Return what can be asked for: the single entries, and `family:NAME` for each family."""
        return [*self.names(), *(f"{family}{_COLON}NAME" for family in self.families())]

    def members(self) -> list[str]:
        """Return the full names of the families' known members."""
        return [f"{name}{_COLON}{one}" for name, family in self.families().items() for one in family.members()]

    def __contains__(self, name: object) -> bool:
        """Say whether `name` is an entry, or begins as a family's members do: that family judges the rest."""
        self._import_package()
        return name in self._entries or (isinstance(name, str) and _COLON in name and family_of(name) in self._families)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _import_package(self) -> None:
        if self._imported:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.walk_packages(package.__path__, f"{self._package}."):
            importlib.import_module(module.name)
        self._imported = True
