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
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from benchmarks.command import Device, JsonFile, MemoryGb, Threads, command_line
from benchmarks.comparison import Comparison, compare, exit_if_wrong
from benchmarks.measurement import Job, Measurement
from core.atomic import write_json
from core.errors import UserError
from core.report.plain_tables import text_table

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
    dense_up_to: Annotated[int, typer.Option(help="Largest number of nodes for the dense form and the check.")] = 4000,
    repeats: Annotated[int, typer.Option(min=1, help="Measured epochs, after one to warm up.")] = 3,
    threads: Threads = None,
    device: Device = "cpu",
    memory_gb: MemoryGb = None,
    json_file: JsonFile = None,
) -> None:
    found: list[Comparison] = []
    rows: list[list[str]] = []
    for name in model or ["meow", "adameow"]:
        for nodes in _sizes(sizes):
            job = Job(
                dataset="planted-graph",
                model=name,
                assignments=(f"data.target_nodes={nodes}",),
                repeats=repeats,
                device=device,
                threads=threads,
                memory_gb=memory_gb,
            )
            found.append(compare(job, naive=nodes <= dense_up_to))
            rows.append([name, str(nodes), *_cells(found[-1])])
    machine = next((one.machine for one in found if one.machine), "")
    print(f"one epoch on planted-graph, median of {repeats}; ratios are dense / fast\n{machine}\n")
    print(text_table(COLUMNS, rows))
    checked = [one for one in found if one.check.loss_difference is not None]
    print("\n" + "\n".join(f"error of the fast form of {one.job.model}: {one.agreement}" for one in checked))
    if json_file:
        write_json(json_file, {"measurements": [one.record() for one in found]})
    exit_if_wrong(found)


def _cells(found: Comparison) -> list[str]:
    ratios = [found.ratio(lambda one: one.step_s), found.ratio(lambda one: one.peak_mb)]
    return [*_numbers(found.fast), *_numbers(found.naive), *ratios]


def _numbers(found: Measurement) -> list[str]:
    return [found.failure, "-"] if found.failure else [f"{found.step_s:.3f}", f"{found.peak_mb:.0f}"]


def _sizes(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--sizes {text}: expected whole numbers with commas between, such as 2000,4000") from None


if __name__ == "__main__":
    command_line(main)
