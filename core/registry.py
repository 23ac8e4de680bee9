"""Names to things: a package's modules register what they offer, and are imported at the first look-up."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from core.errors import unknown_name

T = TypeVar("T")


class Registry(Generic[T]):
    """A table of named entries, filled by the modules of one package.

    Adding an entry is adding a module: no list of imports has to be kept. `what` is the word for error
    messages ("model"); `package` is the dotted name of the package whose modules register, at any depth.
    """

    def __init__(self, what: str, package: str) -> None:
        self._what = what
        self._package = package
        self._entries: dict[str, T] = {}
        self._imported = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that files its argument under `name`; a name taken twice is a ValueError."""

        def file(entry: T) -> T:
            if name in self._entries:
                raise ValueError(f"{self._what} {name!r} is registered twice")
            self._entries[name] = entry
            return entry

        return file

    def get(self, name: str) -> T:
        """Return the entry called `name`; raises UserError with the closest names if there is none."""
        self._import_package()
        if name not in self._entries:
            raise unknown_name(self._what, name, self._entries)
        return self._entries[name]

    def names(self) -> list[str]:
        """Return all names, sorted."""
        self._import_package()
        return sorted(self._entries)

    def __contains__(self, name: object) -> bool:
        self._import_package()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _import_package(self) -> None:
        if self._imported:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.walk_packages(package.__path__, f"{self._package}."):
            importlib.import_module(module.name)
        self._imported = True
