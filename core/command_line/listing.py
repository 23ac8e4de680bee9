"""`list` and `download`: what there is, and bringing it here."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

import datasets
from core.command_line.tables import name_table, say
from core.domain import Domain
from core.objectives import objectives


def list_datasets(console: Console, root: Path | None) -> None:
    """Print the catalogue of data sets, and which of them can be loaded without a network."""
    table = name_table(f"Data sets (data root {datasets.resolve_root(root)})", "name", "kind", "on disk", "title")
    for entry in datasets.available():
        here = "yes" if datasets.is_on_disk(entry.name, root) else "no"
        table.add_row(entry.name, entry.kind, here, entry.title)
    console.print(table)


def list_models(console: Console, domains: Sequence[Domain]) -> None:
    """Print every model, the kind of data it learns from and its paper."""
    table = name_table("Models", "name", "data", "summary", "paper")
    for domain in domains:
        for name in domain.models:
            entry = domain.models.get(name)
            table.add_row(entry.name, domain.data_kind, entry.summary, entry.paper)
        for name, family in domain.models.families().items():
            table.add_row(f"{name}:NAME", domain.data_kind, family.summary, family.paper)
    console.print(table)


def list_losses(console: Console) -> None:
    """Print every contrastive objective with its paper and year, and what it needs beside two views."""
    table = name_table("Losses (--set objective.name=NAME)", "name", "year", "summary", "needs", "paper")
    for name in objectives:
        entry = objectives.get(name)
        table.add_row(name, str(entry.year), entry.summary, ", ".join(entry.needs) or "two views", entry.paper)
    console.print(table)


def download(console: Console, name: str, root: Path | None) -> None:
    """Bring a data set's files to the data root and check them."""
    folder = datasets.download(name, root)
    say(console, f"{name} is complete in {folder}" if folder.is_dir() else f"{name} needs no files")
