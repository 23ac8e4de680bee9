"""The commands `run` and `table` of a study of quality: data sets x models x seeds, then one page."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command import described_app
from benchmarks.measurement import ROOT
from benchmarks.quality_page import Finished, Layout, finished_models, make_page, read_published, with_kept_text
from benchmarks.quality_record import merge, read_record, read_runs, write_record
from core.atomic import write_text
from core.command_line.plan import Request, make_plan
from core.domain import Domain
from core.errors import UserError
from core.sweep.processes import run_all
from core.sweep.seed_runs import SeedRuns

RUNS = Path("runs/benchmark")
PUBLISHED = ROOT / "benchmarks/published.yaml"

Datasets = Annotated[str, typer.Option(help="Names with commas between.")]
Models = Annotated[str, typer.Option(help="Names with commas between.")]
Runs = Annotated[Path, typer.Option(help="Folder of the run folders.")]


@dataclass(frozen=True)
class Study:
    """What is compared, and its page.

    Attributes:
        script: that offers the commands, within the checkout.
        datasets, models: names with commas between.
        output: the page.
        domain: that the models belong to.
    """

    script: str
    datasets: str
    models: str
    output: Path
    layout: Layout
    domain: Domain

    def app(self, text: str | None) -> typer.Typer:
        """Return the application of both commands, with a help text."""
        app = described_app(text)

        @app.command()
        def run(
            datasets: Datasets = self.datasets,
            models: Models = self.models,
            skip: Annotated[str, typer.Option(help="Pairs <dataset>-<model> to leave out.")] = "",
            seeds: Annotated[str, typer.Option(help="Numbers with commas between.")] = "0,1,2",
            runs: Runs = RUNS,
            jobs: Annotated[int, typer.Option(min=1, help="Commands at a time.")] = 2,
            threads: Annotated[int, typer.Option(min=1, help="CPU threads of each.")] = 1,
            device: Annotated[str, typer.Option(help="As in run.py.")] = "auto",
            data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
        ) -> None:
            """Train and evaluate what is not finished yet."""
            planned = self.plan(_names(datasets), _names(models), _seeds(seeds), runs, _names(skip))
            for one in planned:
                one.open()
            failed = run_all(
                planned,
                ["--data-root", str(data_root)] if data_root else [],
                jobs=jobs,
                threads=threads,
                devices=[device],
                say=lambda text: print(text, flush=True),
            )
            if failed:
                names = ", ".join(step.name for step in failed)
                print(f"error: failed: {names}; call this again to go on with them", file=sys.stderr)
                raise typer.Exit(1)

        @app.command()
        def table(
            datasets: Datasets = self.datasets,
            models: Models = self.models,
            runs: Runs = RUNS,
            published: Annotated[Path, typer.Option(help="YAML of reference figures.")] = PUBLISHED,
            output: Annotated[Path, typer.Option(help="Markdown file to write.")] = self.output,
        ) -> None:
            """Write the tables of all seeds that are finished or recorded; text below the file's marker is kept."""
            self.write_page(datasets, models, runs, published, output)

        return app

    def plan(
        self, datasets: Sequence[str], models: Sequence[str], seeds: Sequence[int], folder: Path, skipped: Sequence[str]
    ) -> list[SeedRuns]:
        """Return the runs of every pair of a data set and a model but the skipped ones, `<dataset>-<model>`."""
        pairs = [(dataset, model) for dataset in datasets for model in models if f"{dataset}-{model}" not in skipped]
        return [
            SeedRuns(
                make_plan(Request(dataset=dataset, model=model), [self.domain], ROOT / "configs"),
                tuple(seeds),
                folder / f"{dataset}-{model}",
            )
            for dataset, model in pairs
        ]

    def write_page(self, datasets: str, models: str, runs: Path, published: Path, output: Path) -> None:
        """Add what is finished to the record beside the page, and write the page of all that is recorded.

        Raises:
            UserError: when nothing is.
        """
        names = _names(datasets)
        record_path = output.with_suffix(".csv")
        found = [
            entry
            for name in names
            for model in _names(models)
            for entry in read_runs(runs, name, model, self.layout.columns)
        ]
        record = merge(read_record(record_path), found)
        finished = {name: finished_models(record, name, _names(models)) for name in names}
        if not any(finished.values()):
            raise UserError(f"{runs} holds no finished run; make them with: python {self.script} run")
        write_record(record_path, record)
        chosen = "".join(
            f" --{option} {value}"
            for option, value, default in (("datasets", datasets, self.datasets), ("models", models, self.models))
            if value != default
        )
        commands = [*self._run_commands(chosen, finished), f"python {self.script} table{chosen}"]
        references = read_published(published, finished, self.layout.columns)
        page = make_page(self.layout, finished, references, commands)
        existing = output.read_text(encoding="utf-8") if output.is_file() else None
        output.parent.mkdir(parents=True, exist_ok=True)
        write_text(output, with_kept_text(page, existing))
        print(f"wrote {output} and {record_path}")

    def _run_commands(self, chosen: str, finished: Mapping[str, Sequence[Finished]]) -> list[str]:
        """Return the commands that made the runs: one for most pairs, and one for each model with other seeds."""
        pairs = [(tuple(one.seeds()), one.model, dataset) for dataset, models in finished.items() for one in models]
        ((most, _),) = Counter(seeds for seeds, _, _ in pairs).most_common(1)
        apart: dict[tuple[str, tuple[int, ...]], list[str]] = {}
        for seeds, model, dataset in pairs:
            if seeds != most:
                apart.setdefault((model, seeds), []).append(dataset)
        skip = ",".join(f"{dataset}-{model}" for (model, _), names in apart.items() for dataset in names)
        return [
            f"python {self.script} run{chosen}{_seeds_option(most)}{f' --skip {skip}' if skip else ''}",
            *(
                f"python {self.script} run --datasets {','.join(names)} --models {model}{_seeds_option(seeds)}"
                for (model, seeds), names in apart.items()
            ),
        ]


def _seeds_option(seeds: Sequence[int]) -> str:
    return f" --seeds {','.join(map(str, seeds))}"


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def _seeds(text: str) -> list[int]:
    if not all(part.isdecimal() for part in _names(text)):
        raise UserError(f"--seeds {text}: expected whole numbers with commas between, such as 0,1,2")
    return [int(part) for part in _names(text)]
