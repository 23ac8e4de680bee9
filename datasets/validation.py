"""What pydantic found wrong, in the words of a UserError."""

from pydantic import ValidationError


def validation_problems(error: ValidationError) -> str:
    """Say in one line which keys are wrong and why."""
    problems = []
    for problem in error.errors(include_url=False):
        # What stands in angle brackets is the form that a section was taken for, and no key.
        key = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("<"))
        unknown = problem["type"] == "extra_forbidden"
        message = "unknown key" if unknown else problem["msg"].removeprefix("Value error, ")
        problems.append(f"{key}: {message}" if key else message)
    return "; ".join(problems)
