"""Importing what only some installations have: each group of optional packages is an extra of pyproject.toml."""

import importlib
from typing import Any

from core.errors import UserError


def import_extra(module: str, extra: str) -> Any:
    """Return the module; raises UserError that names the extra to install where it cannot be imported."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"{module} cannot be imported ({error}); install it with, in this checkout: pip install -e '.[{extra}]'"
        ) from error
