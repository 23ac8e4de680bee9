"""Answers a second of `run.py serve` and how long they take, with and without answering requests together.

    python benchmarks/serving.py --dataset beauty --model sasrec --output benchmarks/results/serving.md

Trains the model for one epoch, which is as dear to serve as a finished one, or takes a run that there is. The server is
a process of its own, and so are the clients: a connection each, the next request as soon as the last is answered. Half
of the requests name a user, the others the items of a history. "One by one" is the same server with --max-batch 1, so
that every request is a call of the model of its own. Each server's first requests are not measured.

Exit code 1 means that some request was not answered.
"""

import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
import typer

import datasets
from benchmarks.command import command_line
from benchmarks.http_load import Load, get, post, run_load
from benchmarks.measurement import ROOT
from benchmarks.quality_page import MARKER, machine_facts, with_kept_text
from benchmarks.served import serving
from core.atomic import write_text
from core.command_line.revisit import open_single_run
from core.environment import describe_environment
from core.errors import UserError
from core.report.plain_tables import markdown_table
from datasets import SequenceDataset
from graphcl.domain import domain as graphs
from recsys.domain import domain as sequences

FORMS = {"together": (), "one by one": ("--max-batch", "1")}
"""The arguments of `serve` for each way of answering."""
WARM_UP = 200
TOP = 10
LONGEST_HISTORY = 20


@dataclass(frozen=True)
class Row:
    """What was measured: `queries` answered by one call of the model, on average."""

    endpoint: str
    form: str
    at_a_time: int
    load: Load
    queries: float


def main(
    dataset: Annotated[str, typer.Option(help="Name of an interaction log.")] = "beauty",
    model: Annotated[str, typer.Option(help="A model that recommends.")] = "sasrec",
    run: Annotated[Path | None, typer.Option(help="A run to serve, instead of training one.", metavar="RUN")] = None,
    requests: Annotated[int, typer.Option(min=1, help="To each endpoint, from all clients.")] = 10_000,
    baseline_requests: Annotated[int, typer.Option(min=1, help="The same, where they are answered one by one.")] = 2000,
    single_requests: Annotated[int, typer.Option(min=1, help="From one client.")] = 500,
    at_a_time: Annotated[int, typer.Option(min=2, help="Clients.")] = 32,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of the server's model.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    output: Annotated[Path | None, typer.Option(help="Markdown page to write, too.")] = None,
) -> None:
    arguments = ["--device", device, "--threads", str(threads)]
    place = [] if data_root is None else ["--data-root", str(data_root)]
    with tempfile.TemporaryDirectory() as scratch:
        served = run or _train(Path(scratch) / "run", dataset, model, [*arguments, *place])
        _, plan = open_single_run(served, [graphs, sequences])
        log = datasets.load(plan.settings.dataset, data_root, plan.settings.data)
        if not isinstance(log, SequenceDataset):
            raise UserError(f"{served}: model {plan.settings.model} does not recommend; name a run of a sequence model")
        asked = _requests(log, max(requests, baseline_requests, single_requests))
        rows: list[Row] = []
        for form, more in FORMS.items():
            print(f"{plan.title}: {form}", file=sys.stderr)
            with serving(served, [*arguments, *place, *more]) as server:
                for endpoint, sent in asked.items():
                    run_load(server.host, server.port, sent[:WARM_UP], at_a_time)
                    many = baseline_requests if more else requests
                    for clients, number in ((1, single_requests), (at_a_time, many)):
                        queries, calls = server.batches(endpoint)
                        load = run_load(server.host, server.port, sent[:number], clients)
                        more_queries, more_calls = server.batches(endpoint)
                        mean = (more_queries - queries) / max(1.0, more_calls - calls)
                        rows.append(Row(endpoint, form, clients, load, mean))
    title = f"{plan.title}: {log.num_users} users, {log.num_items} items, top {TOP}, {threads} thread(s)"
    table = _table(rows)
    print(f"{title}\n\n{table}")
    if output is not None:
        facts = machine_facts([describe_environment(torch.device(device), seed=0, checksum=log.checksum)])
        page = f"# Serving\n\nMade by\n\n```\n{_command()}\n```\n\n{facts}\n\n## {title}\n\n{table}\n\n{MARKER}\n"
        write_text(output, with_kept_text(page, output.read_text(encoding="utf-8") if output.exists() else None))
    errors = sum(row.load.errors for row in rows)
    if errors:
        print(f"error: {errors} requests were not answered", file=sys.stderr)
        raise typer.Exit(1)


def _train(folder: Path, dataset: str, model: str, arguments: Sequence[str]) -> Path:
    print(f"{model} on {dataset}: training for an epoch", file=sys.stderr)
    named = ["--dataset", dataset, "--model", model, "--output", str(folder), "--set", "trainer.epochs=1"]
    answer = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *named, *arguments], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise UserError(f"training {model} on {dataset} failed:\n{answer.stderr.strip()[-2000:]}")
    return folder


def _requests(log: SequenceDataset, number: int) -> dict[str, list[bytes]]:
    draw = random.Random(0)
    users, items = log.user_ids.astype(str).tolist(), log.item_ids.astype(str).tolist()
    recommend, neighbors = [], []
    for place in range(number):
        row = draw.randrange(log.num_users)
        if place % 2:
            had = log.items[log.offsets[row] : log.offsets[row + 1] - 2][-LONGEST_HISTORY:].tolist()
            whom = {"histories": [[items[one - 1] for one in had] or [items[0]]]}
        else:
            whom = {"users": [users[row]]}
        recommend.append(post("/recommend", {**whom, "top": TOP}))
        neighbors.append(get(f"/neighbors?id={quote(draw.choice(items), safe='')}&top={TOP}"))
    return {"/recommend": recommend, "/neighbors": neighbors}


def _table(rows: Sequence[Row]) -> str:
    rates = {(row.endpoint, row.form, row.at_a_time): row.load.rate for row in rows}
    cells = [
        [
            row.endpoint,
            row.form,
            str(row.at_a_time),
            str(len(row.load.latencies)),
            str(row.load.errors),
            f"{row.load.rate:.0f}",
            f"{row.load.percentile(50):.1f}",
            f"{row.load.percentile(99):.1f}",
            f"{row.queries:.1f}",
            f"{row.load.rate / rates[row.endpoint, 'one by one', row.at_a_time]:.1f}x",
        ]
        for row in rows
    ]
    columns = ["", "answered", "at a time", "requests", "errors", "a second", "p50 ms", "p99 ms", "queries a call"]
    return markdown_table([*columns, "rate / one by one"], cells, texts=2)


def _command() -> str:
    return " ".join(["python", "benchmarks/serving.py", *sys.argv[1:]])


if __name__ == "__main__":
    command_line(main)
