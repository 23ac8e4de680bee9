"""Seconds and peak memory of one training epoch on a data set, beside the naive dense form.

    python benchmarks/graph_epoch.py --dataset acm --model adameow

Both forms run with the model's published settings for the data set, from the same parameters, each in a process of
its own. An epoch is a forward pass, the losses, a backward pass and an optimiser step, without any validation; its
time is the median over the repeats after one warm-up. Peak memory is the largest resident size of the whole process
on a CPU, and of the tensors on CUDA; what the process held before the first epoch is shown beside it. Then follow the
shares of the fast epoch's parts. The dense process also checks that both forms give the same loss and gradients
without dropout; exit code 1 means that they do not.
"""

import sys
from pathlib import Path
from typing import Annotated

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


def main(
    dataset: Annotated[str, typer.Option(help="Name of a graph data set.")] = "acm",
    model: Annotated[str, typer.Option(help="meow or adameow.")] = "adameow",
    repeats: Annotated[int, typer.Option(min=1, help="Measured epochs, after one to warm up.")] = 5,
    dense: Annotated[bool, typer.Option(help="Measure the dense form, too.")] = True,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads [default: torch's].")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    memory_gb: Annotated[
        float | None, typer.Option(help="Memory limit of a process in GiB [default: 3/4 of the machine's].")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in run.py.")] = None,
    data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    def job(form: str) -> Job:
        return Job(
            dataset=dataset,
            model=model,
            form=form,  # type: ignore[arg-type]
            assignments=tuple(set_ or ()),
            repeats=repeats,
            device=device,
            threads=threads,
            memory_gb=memory_gb or default_memory_gb(),
            data_root=str(data_root) if data_root else None,
        )

    measure(job("prepare"))
    jobs = {form: job(form) for form in (["fast", "dense"] if dense else ["fast"])}
    found = {form: measure(one) for form, one in jobs.items()}
    fast = found["fast"]
    print(f"{model} on {dataset}: {fast.nodes} target nodes, median of {repeats} epochs")
    if not fast.failure:
        print(describe_machine(fast))
    print("\n" + text_table(["form", "s/epoch", "peak MiB", "before MiB"], [_row(*item) for item in found.items()]))
    if dense:
        naive = found["dense"]
        times = ratio(naive, fast, lambda one: one.epoch_s)
        memory = ratio(naive, fast, lambda one: one.peak_mb)
        beyond = ratio(naive, fast, lambda one: one.peak_mb - one.built_mb)
        print(f"\ndense / fast: {times} the time, {memory} the peak memory ({beyond} of what the epoch adds)")
        if naive.loss_difference is not None:
            print(f"relative difference: loss {naive.loss_difference:.1e}, gradients {naive.gradient_difference:.1e}")
    if fast.parts:
        print("\n" + _shares(fast))
    if json_file:
        write_json(json_file, {form: to_record(jobs[form], one) for form, one in found.items()})
    if any(one.differs for one in found.values()):
        print("error: the dense and the fast form compute different things", file=sys.stderr)
        raise typer.Exit(1)


def _row(form: str, found: Measurement) -> list[str]:
    if found.failure:
        return [form, found.failure, "-", "-"]
    return [form, f"{found.epoch_s:.4f}", f"{found.peak_mb:.0f}", f"{found.built_mb:.0f}"]


def _shares(fast: Measurement) -> str:
    total = sum(fast.parts.values())
    rows = [[name, f"{seconds:.4f}", f"{100 * seconds / total:.1f} %"] for name, seconds in fast.parts.items()]
    return text_table(["part of the fast epoch", "s", "share"], rows)


if __name__ == "__main__":
    command_line(main)
