"""A picture for the report."""

from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """A titled figure; `caption` says what to look for. Build `figure` without pyplot: nothing to close."""

    title: str
    caption: str
    figure: Figure
