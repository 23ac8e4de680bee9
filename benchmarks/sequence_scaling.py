"""Seconds and peak memory of one training step as the catalogue grows, beside the padded form while that fits.

    python benchmarks/sequence_scaling.py
    python benchmarks/sequence_scaling.py --items 1000000 --padded-up-to 0

The log is the generated `planted-sequences` with that many items; the model runs with its default settings, so that
a step takes 256 sequences. Everything else is as in sequence_throughput.py. Each form has a process of its own, whose
largest resident size counts; "not run" marks the padded form above `--padded-up-to`, "out of memory" a form that did
not fit `--memory-gb`. An item's vector, its gradient and Adam's two averages alone are 16 d bytes: 977 MiB for a
million items of 64 numbers.
"""

import sys
from pathlib import Path
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from benchmarks.command import Device, JsonFile, Threads, command_line
from benchmarks.comparison import Comparison, compare, exit_if_wrong
from benchmarks.measurement import Job, Measurement
from core.atomic import write_json
from core.errors import UserError
from core.report.plain_tables import text_table

COLUMNS = [
    "items",
    "packed s/step",
    "packed peak MiB",
    "before MiB",
    "padded s/step",
    "padded peak MiB",
    "time ratio",
    "memory ratio",
]


def main(
    items: Annotated[str, typer.Option(help="Sizes of the catalogue.")] = "10000,100000,1000000",
    model: Annotated[str, typer.Option(help="sasrec, cl4srec or mclrec.")] = "mclrec",
    padded_up_to: Annotated[int, typer.Option(help="Largest catalogue for the padded form and the check.")] = 100_000,
    repeats: Annotated[int, typer.Option(min=1, help="Measured steps, after one to warm up.")] = 3,
    threads: Threads = None,
    device: Device = "cpu",
    memory_gb: Annotated[float, typer.Option(help="Memory limit of a process in GiB.")] = 8.0,
    json_file: JsonFile = None,
) -> None:
    found = [
        compare(
            Job(
                dataset="planted-sequences",
                model=model,
                domain="sequence",
                assignments=(f"data.items={size}",),
                repeats=repeats,
                device=device,
                threads=threads,
                memory_gb=memory_gb,
            ),
            naive=size <= padded_up_to,
        )
        for size in _sizes(items)
    ]
    machine = next((one.machine for one in found if one.machine), "")
    print(f"one step of {model} on planted-sequences, median of {repeats}; ratios are padded / packed\n{machine}\n")
    print(text_table(COLUMNS, [_row(size, one) for size, one in zip(_sizes(items), found, strict=True)]))
    print()
    for size, one in zip(_sizes(items), found, strict=True):
        print(f"error of the packed form, {size:,} items: {one.agreement}")
    if json_file:
        write_json(json_file, {"measurements": [one.record() for one in found]})
    exit_if_wrong(found)


def _row(size: int, found: Comparison) -> list[str]:
    built = "-" if found.fast.failure else f"{found.fast.built_mb:.0f}"
    ratios = [found.ratio(lambda one: one.step_s), found.ratio(lambda one: one.peak_mb)]
    return [f"{size:,}", *_numbers(found.fast), built, *_numbers(found.naive), *ratios]


def _numbers(found: Measurement) -> list[str]:
    return [found.failure, "-"] if found.failure else [f"{found.step_s:.3f}", f"{found.peak_mb:.0f}"]


def _sizes(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--items {text}: expected whole numbers with commas between, such as 10000,100000") from None


if __name__ == "__main__":
    command_line(main)
