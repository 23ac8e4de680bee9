"""Progress bars, quiet where the output is not a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ShowEpoch(Protocol):
    """Told after every epoch."""

    def __call__(self, epochs: int, loss: float) -> None:
        """Show that so many epochs are done, and their last loss."""


@contextmanager
def epoch_bar(console: Console, total: int, *, shown: bool) -> Iterator[ShowEpoch]:
    """Show a bar of epochs with the loss while the block runs; quiet where the output is not a terminal."""
    progress = Progress(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
        disable=not (shown and console.is_terminal),
        transient=True,
    )
    with progress:
        bar = progress.add_task("training", total=total, loss=float("nan"))
        yield lambda epochs, loss: progress.update(bar, completed=epochs, loss=loss)


@contextmanager
def count_bar(console: Console, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar of `total` things while the block runs; the function adds so many that are done."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task(what, total=total)
        yield lambda done: progress.advance(bar, done)
