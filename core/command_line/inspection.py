"""`inspect`: what some data hold, what looks wrong with them, and a description to edit."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import datasets
from core.atomic import write_text
from core.command_line.tables import say
from core.errors import UserError


def inspect(
    console: Console,
    name: str,
    root: Path | None,
    graph: datasets.GraphWishes,
    log: datasets.LogWishes,
    output: Path | None,
) -> None:
    """Print tables, warnings and notes, and write the description to `output`, a file that is not there yet."""
    if output is not None:
        _check(output, name)
    found = datasets.inspect_data(name, root, graph=graph, log=log, beside=output.parent if output else None)
    say(console, found.title, style="bold")
    for table in found.tables:
        _print(console, table)
    _print_lines(console, "Looks wrong" if found.warnings else "Nothing looks wrong", found.warnings, style="yellow")
    if found.notes:
        _print_lines(console, "Good to know", found.notes)
    if found.description is None:
        return
    if output is None:
        place = Path(name) / "graph.yaml" if Path(name).is_dir() else Path(name).with_suffix(".yaml")
        say(console, f"\nfor a description to edit: {_command('inspect', name, '--output', place)}")
        return
    _write(output, found.description)
    say(console, f"\nwrote {output}; edit it, then: {_command('--dataset', output, '--model', 'NAME')}")


def _check(output: Path, name: str) -> None:
    if datasets.is_described(name):
        raise UserError(f"--output {output}: {name} is described already, there is nothing to write")
    if output.is_dir():
        raise UserError(f"--output {output}: is a folder; name a file such as {output / 'graph.yaml'}")
    if output.suffix.lower() not in (".yaml", ".yml"):
        raise UserError(f"--output {output}: a description ends in .yaml")
    if output.exists():
        raise UserError(f"--output {output}: there is such a file, perhaps with your edits; choose another name")


def _write(output: Path, text: str) -> None:
    lead = "# As `inspect` understood the data; every line is yours to edit. How it goes on:\n#   "
    lead += f"{_command('--dataset', output, '--model', 'NAME')}\n"
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_text(output, lead + text)
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror}") from None


def _command(*arguments: object) -> str:
    """Return a command to type, whatever blanks its paths have."""
    return f"python run.py {shlex.join(map(str, arguments))}"


def _print(console: Console, facts: datasets.FactTable) -> None:
    table = Table(title=escape(facts.title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, name in enumerate(facts.columns):
        table.add_column(
            escape(name),
            justify="right" if number in facts.numeric else "left",
            no_wrap=number in facts.numeric,
            overflow="fold",
        )
    for row in facts.rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)


def _print_lines(console: Console, title: str, lines: Sequence[str], style: str = "") -> None:
    say(console, title, style="bold")
    for line in lines:
        say(console, f"  - {line}", style=style or None)
