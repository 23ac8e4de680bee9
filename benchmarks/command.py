"""How every benchmark starts: arguments by typer, a user's mistake as one line and exit code 2."""

import sys
from collections.abc import Callable

import typer

from core.errors import UserError


def command_line(command: Callable[..., None] | typer.Typer) -> None:
    """Run a function, or an application of several, as the process's command line."""
    if isinstance(command, typer.Typer):
        app = command
    else:
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        app.command(help=sys.modules[command.__module__].__doc__)(command)
    try:
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
