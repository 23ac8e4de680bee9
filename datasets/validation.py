"""What pydantic found wrong, in the words of a UserError."""

from pydantic import ValidationError


def validation_problems(error: ValidationError) -> str:
    """Say in one line which keys are wrong and why."""
    problems = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        problems.append(f"{key}: {message}" if key else message)
    return "; ".join(problems)
