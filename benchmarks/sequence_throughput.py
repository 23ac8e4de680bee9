"""Sequences a second in training and users a second in evaluation, packed and beside the naive padded form.

    python benchmarks/sequence_throughput.py --dataset beauty --model mclrec --threads 2

Both forms have the model's settings for the data set and the same first parameters, each in a process of its own. A
training step is a whole batch: views, all updates, optimisers; its time is the median over the batches after one to
warm up. The padded form (sequence_reference.py) pads to encoder.max_length, makes views one sequence at a time and
encodes everything anew for each of MCLRec's three updates; its batches are laid out before the clock starts, while the
packed step makes its own. Evaluation is that of the validation targets after an epoch, over the whole catalogue. Peak
memory is the largest resident size of the process on a CPU, and of the tensors on CUDA.

Other processes check both forms, without dropout: losses and gradients of one batch against the padded form in double
precision, and the ranks of some users; exit code 1 means that they are not the same.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from benchmarks.command import Device, JsonFile, MemoryGb, Threads, command_line
from benchmarks.comparison import Comparison, compare, exit_if_wrong
from benchmarks.measurement import Job, Measurement
from core.atomic import write_json
from core.report.plain_tables import text_table

PUBLIC_CODE = {("beauty", "mclrec"): 155.0}
"""Training sequences a second of the authors' public code, measured: batch 256, two CPU cores, its own settings."""

UNITS = {"training": "sequences", "evaluation": "users"}


def main(
    dataset: Annotated[str, typer.Option(help="Name of an interaction log.")] = "beauty",
    model: Annotated[str, typer.Option(help="sasrec, cl4srec or mclrec.")] = "mclrec",
    batches: Annotated[int, typer.Option(min=1, help="Measured batches, after one to warm up.")] = 30,
    padded_batches: Annotated[int, typer.Option(min=1, help="The same, of the padded form.")] = 10,
    padded: Annotated[bool, typer.Option(help="Measure the padded form and check the packed one, too.")] = True,
    threads: Threads = None,
    device: Device = "cpu",
    memory_gb: MemoryGb = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in run.py.")] = None,
    data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    json_file: JsonFile = None,
) -> None:
    training = Job(
        dataset=dataset,
        model=model,
        domain="sequence",
        assignments=tuple(set_ or ()),
        repeats=batches,
        device=device,
        threads=threads,
        memory_gb=memory_gb,
        data_root=str(data_root) if data_root else None,
    )
    found = [
        compare(training, naive=padded, naive_repeats=padded_batches),
        compare(replace(training, phase="evaluation", repeats=1), naive=padded),
    ]
    print(f"{model} on {dataset}: batches of {found[0].fast.size}, median of {batches}\n{found[0].machine}\n")
    rows = [_row(one, form, which) for one in found for form, which in (("packed", one.fast), ("padded", one.naive))]
    print(text_table(["", "form", "a second", "s", "peak MiB", "before MiB"], rows))
    for one in found:
        ratios = [one.ratio(lambda which: which.step_s), one.ratio(lambda which: which.peak_mb)]
        print(f"\npadded / packed, {one.job.phase}: {ratios[0]} the time, {ratios[1]} the peak memory")
        print(f"error of the packed form: {one.agreement}")
    public = PUBLIC_CODE.get((dataset, model))
    if public and not found[0].fast.failure:
        print(f"\npacked / the public code's {public:g} sequences a second: {_rate(found[0].fast) / public:.1f}x")
    if found[0].fast.parts:
        print("\n" + _shares(found[0].fast))
    if json_file:
        write_json(json_file, {"measurements": [one.record() for one in found]})
    exit_if_wrong(found)


def _rate(found: Measurement) -> float:
    return found.size / found.step_s


def _row(comparison: Comparison, form: str, found: Measurement) -> list[str]:
    name = f"{comparison.job.phase}, {UNITS[comparison.job.phase]}"
    if found.failure:
        return [name, form, found.failure, "-", "-", "-"]
    return [name, form, f"{_rate(found):.0f}", f"{found.step_s:.4f}", f"{found.peak_mb:.0f}", f"{found.built_mb:.0f}"]


def _shares(packed: Measurement) -> str:
    total = sum(packed.parts.values())
    rows = [[name, f"{seconds:.4f}", f"{100 * seconds / total:.1f} %"] for name, seconds in packed.parts.items()]
    return text_table(["part of the packed training step", "s", "share"], rows)


if __name__ == "__main__":
    command_line(main)
