"""How every benchmark starts: arguments by typer, a user's mistake as one line and exit code 2."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.errors import UserError

Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads [default: torch's].")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
MemoryGb = Annotated[
    float | None, typer.Option(help="Memory limit of a process in GiB [default: 3/4 of the machine's].")
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")]


def described_app(text: str | None) -> typer.Typer:
    """Return an application whose help is a module's docstring, its indented paragraphs kept line by line."""
    # "\b" keeps typer from joining a paragraph's lines.
    parts = ["\b\n" + part if part.startswith("    ") else part for part in (text or "").split("\n\n")]
    return typer.Typer(
        help="\n\n".join(parts), add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )


def command_line(command: Callable[..., None] | typer.Typer) -> None:
    """Run a function, or an application of several, as the process's command line."""
    if isinstance(command, typer.Typer):
        app = command
    else:
        app = described_app(None)
        app.command(help=described_app(sys.modules[command.__module__].__doc__).info.help)(command)
    try:
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
