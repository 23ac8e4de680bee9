"""Seconds and peak memory of one training epoch on a data set, beside the naive dense form.

    python benchmarks/graph_epoch.py --dataset acm --model adameow

Both forms run with the model's published settings for the data set, from the same parameters, each in a process of
its own. An epoch is a forward pass, the losses, a backward pass and an optimiser step, without any validation; its
time is the median over the repeats after one warm-up. Peak memory is the largest resident size of the whole process
on a CPU, and of the tensors on CUDA; what the process held before the first epoch is shown beside it. Then follow the
shares of the fast epoch's parts. A last process checks the fast form's loss and gradients, without dropout, against the
naive form in double precision on all nodes; exit code 1 means that they are not the same.
"""

import sys
from pathlib import Path
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from benchmarks.command import Device, JsonFile, MemoryGb, Threads, command_line
from benchmarks.comparison import compare, exit_if_wrong
from benchmarks.measurement import Job, Measurement
from core.atomic import write_json
from core.report.plain_tables import text_table


def main(
    dataset: Annotated[str, typer.Option(help="Name of a graph data set.")] = "acm",
    model: Annotated[str, typer.Option(help="meow or adameow.")] = "adameow",
    repeats: Annotated[int, typer.Option(min=1, help="Measured epochs, after one to warm up.")] = 5,
    dense: Annotated[bool, typer.Option(help="Measure the dense form and check the fast one, too.")] = True,
    threads: Threads = None,
    device: Device = "cpu",
    memory_gb: MemoryGb = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in run.py.")] = None,
    data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    json_file: JsonFile = None,
) -> None:
    job = Job(
        dataset=dataset,
        model=model,
        assignments=tuple(set_ or ()),
        repeats=repeats,
        device=device,
        threads=threads,
        memory_gb=memory_gb,
        data_root=str(data_root) if data_root else None,
    )
    found = compare(job, naive=dense)
    print(f"{model} on {dataset}: {found.fast.size} target nodes, median of {repeats} epochs\n{found.machine}\n")
    rows = [_row("fast", found.fast), _row("dense", found.naive)]
    print(text_table(["form", "s/epoch", "peak MiB", "before MiB"], rows))
    times = found.ratio(lambda one: one.step_s)
    memory = found.ratio(lambda one: one.peak_mb)
    beyond = found.ratio(lambda one: one.peak_mb - one.built_mb)
    print(f"\ndense / fast: {times} the time, {memory} the peak memory ({beyond} of what the epoch adds)")
    print(f"error of the fast form: {found.agreement}")
    if found.fast.parts:
        print("\n" + _shares(found.fast))
    if json_file:
        write_json(json_file, found.record())
    exit_if_wrong([found])


def _row(form: str, found: Measurement) -> list[str]:
    if found.failure:
        return [form, found.failure, "-", "-"]
    return [form, f"{found.step_s:.4f}", f"{found.peak_mb:.0f}", f"{found.built_mb:.0f}"]


def _shares(fast: Measurement) -> str:
    total = sum(fast.parts.values())
    rows = [[name, f"{seconds:.4f}", f"{100 * seconds / total:.1f} %"] for name, seconds in fast.parts.items()]
    return text_table(["part of the fast epoch", "s", "share"], rows)


if __name__ == "__main__":
    command_line(main)
