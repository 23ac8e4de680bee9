"""Seconds and peak memory of one training epoch as the graph grows, beside the naive dense form while that fits.

    python benchmarks/graph_scaling.py
    python benchmarks/graph_scaling.py --sizes 2000,4000 --model adameow --dense-up-to 8000

The graph is the generated `planted-graph` with that many target nodes (degrees are bounded, so that its edges grow
linearly); the models run with their default settings. Everything else is as in graph_epoch.py: each form in a process
of its own, the median after a warm-up, the largest resident size of the process. "not run" marks a form above
`--dense-up-to`, "out of memory" one that did not fit `--memory-gb`.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from benchmarks.command import command_line
from benchmarks.measurement import (
    Job,
    Measurement,
    default_memory_gb,
    describe_machine,
    measure,
    ratio,
    to_record,
)
from benchmarks.tables import text_table
from core.atomic import write_json
from core.errors import UserError

COLUMNS = [
    "model",
    "nodes",
    "fast s/epoch",
    "fast peak MiB",
    "dense s/epoch",
    "dense peak MiB",
    "time ratio",
    "memory ratio",
]


def main(
    sizes: Annotated[str, typer.Option(help="Numbers of target nodes.")] = "2000,4000,8000,16000,50000",
    model: Annotated[list[str] | None, typer.Option(help="Repeatable [default: meow and adameow].")] = None,
    dense_up_to: Annotated[int, typer.Option(help="Largest number of nodes for the dense form.")] = 4000,
    repeats: Annotated[int, typer.Option(min=1, help="Measured epochs, after one to warm up.")] = 3,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads [default: torch's].")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    memory_gb: Annotated[
        float | None, typer.Option(help="Memory limit of a process in GiB [default: 3/4 of the machine's].")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    rows: list[list[str]] = []
    records: list[dict[str, Any]] = []
    machine, differing = "", []
    for name in model or ["meow", "adameow"]:
        for nodes in _numbers(sizes):

            def run(form: str, name: str = name, nodes: int = nodes) -> Measurement:
                job = Job(
                    dataset="planted-graph",
                    model=name,
                    form=form,  # type: ignore[arg-type]
                    assignments=(f"data.target_nodes={nodes}",),
                    repeats=repeats,
                    device=device,
                    threads=threads,
                    memory_gb=memory_gb or default_memory_gb(),
                )
                print(f"{name}, {nodes} nodes: {form}", file=sys.stderr)
                found = measure(job)
                if form != "prepare":
                    records.append(to_record(job, found))
                return found

            run("prepare")
            fast = run("fast")
            dense = run("dense") if nodes <= dense_up_to else Measurement(failure="not run")
            rows.append(_row(name, nodes, fast, dense))
            machine = machine or (describe_machine(fast) if not fast.failure else "")
            if dense.differs:
                differing.append(f"{name} at {nodes} nodes")
    print(f"one epoch on planted-graph, median of {repeats}; ratios are dense / fast\n{machine}\n")
    print(text_table(COLUMNS, rows))
    if json_file:
        write_json(json_file, {"measurements": records})
    if differing:
        print(f"error: the dense and the fast form differ: {', '.join(differing)}", file=sys.stderr)
        raise typer.Exit(1)


def _row(model: str, nodes: int, fast: Measurement, dense: Measurement) -> list[str]:
    cells = [cell for one in (fast, dense) for cell in _cells(one)]
    return [
        model,
        str(nodes),
        *cells,
        ratio(dense, fast, lambda one: one.epoch_s),
        ratio(dense, fast, lambda one: one.peak_mb),
    ]


def _cells(found: Measurement) -> list[str]:
    return [found.failure, "-"] if found.failure else [f"{found.epoch_s:.3f}", f"{found.peak_mb:.0f}"]


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--sizes {text}: expected whole numbers with commas between, such as 2000,4000") from None


if __name__ == "__main__":
    command_line(main)
