"""The arguments of `serve`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, Run
from core.domain import Domain
from core.serving.limits import MAX_REQUESTS


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def serve(
        run: Run,
        host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0: a free one.")] = 8000,
        max_batch: Annotated[
            int, typer.Option(min=1, metavar="N", help="Queries that one call of the model answers, at most.")
        ] = 64,
        max_wait: Annotated[
            float,
            typer.Option(min=0, max=1000, metavar="MS", help="A query's wait for others where several come at a time."),
        ] = 5.0,
        max_requests: Annotated[
            int, typer.Option(min=1, metavar="N", help="Requests at a time; others are answered with 429.")
        ] = MAX_REQUESTS,
        approximate: Annotated[
            bool, typer.Option("--approximate", help="Find neighbours through an index, kept in RUN/neighbors.")
        ] = False,
        device: Device = "auto",
        threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="CPU threads [default: torch's].")] = None,
        data_root: DataRoot = None,
    ) -> None:
        """Answer by HTTP: /recommend (sequence models), /neighbors, /health, /metrics; /docs describes them.

        \b
        python run.py serve runs/beauty-mclrec
        python run.py serve runs/acm-meow --port 9000
        curl 127.0.0.1:8000/recommend -H 'content-type: application/json' -d '{"users": ["7"], "top": 5}'
        curl '127.0.0.1:8000/neighbors?id=7&top=5'

        Requests that arrive while the model computes are answered together by its next call. Needs the extra
        `serve`: pip install -e '.[serve]'
        """
        import torch

        from core.command_line.serve import serve as serve_run
        from core.serving.batching import Batching
        from core.serving.server import Address

        if threads is not None:
            torch.set_num_threads(threads)
        batching = Batching(max_batch, max_wait / 1000)
        serve_run(
            console,
            run,
            domains,
            data_root,
            device,
            Address(host, port),
            batching,
            max_requests,
            approximate=approximate,
        )
