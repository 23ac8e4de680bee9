"""The progress bar of a training run."""

from collections.abc import Iterator
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
