"""Importing RecBole beside a current NumPy. Needs the `recbole` extra."""

import importlib
from typing import Any

import numpy as np

from core.errors import UserError

_REMOVED = {
    "bool8": np.bool_,
    "float": float,
    "int": int,
    "complex": complex,
    "float_": np.float64,
    "complex_": np.complex128,
    "unicode_": np.str_,
    "string_": np.bytes_,
}
"""Names that RecBole 1.2 still takes from NumPy, which removed them in 1.24 and 2.0, and what they meant."""

MISSING = "RecBole is not installed; bring it with: pip install -e '.[recbole]'"
"""What to tell a user who asks for RecBole without having it."""


def import_recbole(module: str = "recbole") -> Any:
    """Return a module of RecBole, such as "recbole.evaluator".

    NumPy's removed aliases are restored first, for the whole process: RecBole reads them while it runs, too.
    Raises UserError where RecBole is missing.
    """
    for name, meaning in _REMOVED.items():
        if name not in vars(np):
            setattr(np, name, meaning)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if error.name == "recbole":
            raise UserError(MISSING) from error
        raise UserError(f"RecBole cannot be imported ({error}); mend it with: pip install -e '.[recbole]'") from error
