"""The arguments of `neighbors`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import Run
from core.domain import Domain
from core.errors import UserError


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def neighbors(
        run: Run,
        node: Annotated[
            str | None, typer.Option("--node", "--item", help="Id of a node or item, as in the data set.")
        ] = None,
        top: Annotated[int, typer.Option(min=1, metavar="N", help="How many.")] = 10,
        approximate: Annotated[
            bool, typer.Option("--approximate", help="Through an index, kept in RUN/neighbors.")
        ] = False,
        measure_recall: Annotated[
            bool, typer.Option("--measure-recall", help="Print how much of the exact answer the index finds.")
        ] = False,
        links: Annotated[int, typer.Option(min=2, max=512, metavar="M", help="Of a vector in the index.")] = 16,
        build_width: Annotated[
            int, typer.Option(min=1, metavar="N", help="Candidates while it is built (ef_construction).")
        ] = 200,
        search_width: Annotated[int, typer.Option(min=1, metavar="N", help="Candidates in a search (ef).")] = 64,
    ) -> None:
        """Print the nodes or items closest to one, by the cosine of their embeddings.

        \b
        python run.py neighbors runs/acm-meow --node 7 --top 5
        python run.py neighbors runs/beauty-sasrec --item 42 --approximate
        python run.py neighbors runs/beauty-sasrec --measure-recall --search-width 32

        Below some ten thousand vectors the exact search is as fast as an index (HNSW). That is built when it is first
        needed, and again when the embeddings or its settings change; it needs the extra `serve`.
        """
        from core.command_line.neighbors import print_about_nearest, print_nearest, print_recall
        from core.neighbors.hnsw import HnswSettings

        settings = HnswSettings(links=links, build_width=build_width, search_width=search_width)
        if node is None and not measure_recall:
            raise UserError("name whose neighbours to print: --node ID, or --item ID")
        if measure_recall:
            print_recall(console, run, top, settings)
        if node is not None and approximate:
            print_about_nearest(console, run, node, top, settings)
        elif node is not None:
            print_nearest(console, run, node, top)
