"""Answers a second of `run.py serve` and how long they take, with and without answering requests together.

    python benchmarks/serving.py --dataset beauty --model sasrec --output benchmarks/results/serving.md

Trains the model for one epoch, which is as dear to serve as a finished one, or takes a run that there is. The server is
a process of its own, and so are the clients: a connection each, the next request as soon as the last is answered. Half
of the requests name a user, the others the items of a history. "One by one" is the same server with --max-batch 1, so
that every request is a call of the model of its own. Both servers run at once and are asked in turn, round after round,
so that the machine's other work falls on both; the ratio is the median of the rounds'. First requests are not measured.

Exit code 1 means that some request was not answered.
"""

import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
import typer

import datasets
from benchmarks.command import command_line
from benchmarks.http_load import Load, get, merged, post, run_load
from benchmarks.measurement import ROOT
from benchmarks.quality_page import MARKER, machine_facts, with_kept_text
from benchmarks.quality_record import facts_of
from benchmarks.served import Served, serving
from core.atomic import write_text
from core.command_line.revisit import open_single_run
from core.environment import describe_environment
from core.errors import UserError
from core.report.plain_tables import markdown_table
from datasets import SequenceDataset
from graphcl.domain import domain as graphs
from recsys.domain import domain as sequences

ONE_BY_ONE = "one by one"
FORMS = {"together": (), ONE_BY_ONE: ("--max-batch", "1")}
"""The arguments of `serve` for each way of answering."""
WARM_UP = 200
TOP = 10
LONGEST_HISTORY = 20


Asked = tuple[str, int]
"""An endpoint and how many clients ask at a time."""


@dataclass
class Measured:
    """What a server was asked, round by round, and how many calls of the model answered how many queries."""

    loads: list[Load] = field(default_factory=list)
    queries: float = 0.0
    calls: float = 0.0

    def ask(self, server: Served, endpoint: str, clients: int, requests: Sequence[bytes]) -> None:
        """Send the requests of a round."""
        queries, calls = server.batches(endpoint)
        self.loads.append(run_load(server.host, server.port, requests, clients))
        more_queries, more_calls = server.batches(endpoint)
        self.queries, self.calls = self.queries + more_queries - queries, self.calls + more_calls - calls

    def ratio(self, other: "Measured") -> float:
        """Return how many times as many requests a second were answered as by another server."""
        return statistics.median(mine.rate / theirs.rate for mine, theirs in zip(self.loads, other.loads, strict=True))


def main(
    dataset: Annotated[str, typer.Option(help="Name of an interaction log.")] = "beauty",
    model: Annotated[str, typer.Option(help="A model that recommends.")] = "sasrec",
    run: Annotated[Path | None, typer.Option(help="A run to serve, instead of training one.", metavar="RUN")] = None,
    requests: Annotated[int, typer.Option(min=1, help="To each endpoint, from all clients.")] = 10_000,
    baseline_requests: Annotated[int, typer.Option(min=1, help="The same, where they are answered one by one.")] = 2000,
    single_requests: Annotated[int, typer.Option(min=1, help="From one client.")] = 300,
    rounds: Annotated[int, typer.Option(min=1, help="In which they are sent.")] = 10,
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
        clients = {1: (single_requests, single_requests), at_a_time: (requests, baseline_requests)}
        measured = _measure(served, [*arguments, *place], _requests(log), clients, rounds)
    title = f"{plan.title}: {log.num_users} users, {log.num_items} items, top {TOP}, {threads} thread(s)"
    table = _table(measured)
    print(f"{title}\n\n{table}")
    if output is not None:
        environment = describe_environment(torch.device(device), seed=0, checksum=log.checksum)
        facts = machine_facts([facts_of(environment)])
        page = f"# Serving\n\nMade by\n\n```\n{_command()}\n```\n\n{facts}\n\n## {title}\n\n{table}\n\n{MARKER}\n"
        write_text(output, with_kept_text(page, output.read_text(encoding="utf-8") if output.exists() else None))
    errors = sum(load.errors for forms in measured.values() for one in forms.values() for load in one.loads)
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


def _measure(
    run: Path,
    arguments: Sequence[str],
    streams: Mapping[str, Iterator[bytes]],
    clients: Mapping[int, tuple[int, int]],
    rounds: int,
) -> dict[Asked, dict[str, Measured]]:
    """Ask both servers in turn; `clients` says for each number of them how many requests go to each form."""
    measured: dict[Asked, dict[str, Measured]] = defaultdict(lambda: defaultdict(Measured))
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(run, [*arguments, *more])) for more in FORMS.values()]
        for stream in streams.values():
            for server in servers:
                run_load(server.host, server.port, list(islice(stream, WARM_UP)), max(clients))
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for (endpoint, stream), (at_a_time, sizes) in product(streams.items(), clients.items()):
                for form, server, size in zip(FORMS, servers, sizes, strict=True):
                    sent = list(islice(stream, -(-size // rounds)))
                    measured[endpoint, at_a_time][form].ask(server, endpoint, at_a_time, sent)
    return measured


def _requests(log: SequenceDataset) -> dict[str, Iterator[bytes]]:
    """Return an endless stream of requests for each endpoint."""
    users, items = log.user_ids.astype(str).tolist(), log.item_ids.astype(str).tolist()

    def recommend() -> Iterator[bytes]:
        draw = random.Random(0)
        while True:
            row = draw.randrange(log.num_users)
            yield post("/recommend", {"users": [users[row]], "top": TOP})
            had = log.items[log.offsets[row] : log.offsets[row + 1]][:LONGEST_HISTORY].tolist()
            yield post("/recommend", {"histories": [[items[one - 1] for one in had[:-2] or had[:1]]], "top": TOP})

    def neighbors() -> Iterator[bytes]:
        draw = random.Random(0)
        while True:
            yield get(f"/neighbors?id={quote(draw.choice(items), safe='')}&top={TOP}")

    return {"/recommend": recommend(), "/neighbors": neighbors()}


def _table(measured: Mapping[Asked, Mapping[str, Measured]]) -> str:
    cells = []
    for (endpoint, clients), forms in measured.items():
        for form, found in forms.items():
            load = merged(found.loads)
            cells.append(
                [
                    endpoint,
                    form,
                    str(clients),
                    str(len(load.latencies)),
                    str(load.errors),
                    f"{load.rate:.0f}",
                    f"{load.percentile(50):.1f}",
                    f"{load.percentile(99):.1f}",
                    f"{found.queries / max(1.0, found.calls):.1f}",
                    f"{found.ratio(forms[ONE_BY_ONE]):.1f}x",
                ]
            )
    columns = ["", "answered", "at a time", "requests", "errors", "a second", "p50 ms", "p99 ms", "queries a call"]
    return markdown_table([*columns, "rate / one by one"], cells, texts=2)


def _command() -> str:
    return " ".join(["python", "benchmarks/serving.py", *sys.argv[1:]])


if __name__ == "__main__":
    command_line(main)
