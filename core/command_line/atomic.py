"""`atomic`: an interaction log as RecBole's atomic file."""

from pathlib import Path

from rich.console import Console

import datasets
from core.command_line.output_files import check_output, make_room
from core.command_line.tables import say
from core.errors import UserError


def write_atomic(console: Console, name: str, output: Path, root: Path | None) -> None:
    """Write the log `name` to `output`, a new file called `*.inter`, and say how many interactions it holds."""
    check_output(output, overwrite=False, remedy="choose another FILE, or remove it")
    log = datasets.load(name, root)
    if not isinstance(log, datasets.SequenceDataset):
        raise UserError(f"{name} is a graph; atomic files hold interaction logs: see python run.py list datasets")
    make_room(output)
    datasets.write_inter(log, output)
    say(console, f"{log.num_interactions} interactions of {log.num_users} users in {output}")
