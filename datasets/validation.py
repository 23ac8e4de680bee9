"""What pydantic found wrong, in the words of a UserError."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_EXPECTED = {
    "string": "a text (in quotes where it looks like something else)",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "dict": "keys and values",
    "model": "keys and values",
}
"""The first word of pydantic's type of an error -> what belongs there."""


def validation_problems(error: ValidationError) -> str:
    """Say in one line which keys are wrong and why."""
    return "; ".join(_explain(problem) for problem in error.errors(include_url=False))


def _explain(problem: ErrorDetails) -> str:
    # What stands in angle brackets is the form that a section was taken for, and no key.
    parts = [str(part) for part in problem["loc"] if part != "[key]" and not str(part).startswith("<")]
    key, kind = ".".join(parts), problem["type"]
    expected = _EXPECTED.get(kind.split("_")[0]) if kind.endswith(("_type", "_parsing")) else None
    if kind == "literal_error":
        expected = problem["ctx"]["expected"]
    if kind == "missing":
        message = "missing"
    elif expected is not None:
        message = f"expected {expected}, found {_brief(problem['input'])}"
    else:
        message = re.sub("^(Value error, |Input (?=should)|String (?=should))", "", problem["msg"])
    return f"{key}: {message}" if key else message


def _brief(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
