"""Classification and clustering quality of every graph model on every graph data set, over several seeds.

    python benchmarks/graph_quality.py run
    python benchmarks/graph_quality.py table

`run` trains through the command line, a process for each data set and model, into runs/benchmark/<dataset>-<model>.
It may be interrupted and called again: what is finished is skipped, what is not goes on from its last checkpoint.
`table` averages the finished seeds into benchmarks/results/graph.md, beside the figures of benchmarks/published.yaml.
"""

import sys
from pathlib import Path
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import typer

from benchmarks.command import command_line, described_app
from benchmarks.measurement import ROOT
from benchmarks.quality_page import make_page, read_finished, read_published, with_kept_text
from benchmarks.seed_runs import plan_runs, run_all
from core.atomic import write_text
from core.errors import UserError

DATASETS = "acm,dblp,aminer,imdb"
MODELS = "meow,adameow,metapath2vec,raw-features"
SKIPPED = "aminer-raw-features"
"""AMiner's nodes have no features of their own: those it is given are learnt from walks."""
RUNS = Path("runs/benchmark")

app = described_app(__doc__)

Datasets = Annotated[str, typer.Option(help="Names with commas between.")]
Models = Annotated[str, typer.Option(help="Names with commas between.")]
Runs = Annotated[Path, typer.Option(help="Folder of the run folders.")]


@app.command()
def run(
    datasets: Datasets = DATASETS,
    models: Models = MODELS,
    skip: Annotated[str, typer.Option(help="Pairs <dataset>-<model> to leave out.")] = SKIPPED,
    seeds: Annotated[str, typer.Option(help="Numbers with commas between.")] = "0,1,2",
    runs: Runs = RUNS,
    jobs: Annotated[int, typer.Option(min=1, help="Commands at a time.")] = 2,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of each.")] = 1,
    device: Annotated[str, typer.Option(help="As in run.py.")] = "auto",
    data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
) -> None:
    """Train and evaluate what is not finished yet."""
    extra = ["--device", device, *(["--data-root", str(data_root)] if data_root else [])]
    planned = plan_runs(_names(datasets), _names(models), _seeds(seeds), runs, _names(skip))
    failed = run_all(planned, extra, jobs=jobs, threads=threads, say=lambda text: print(text, flush=True))
    if failed:
        print(f"error: {len(failed)} of {len(planned)} failed; call this again to go on with them", file=sys.stderr)
        raise typer.Exit(1)


@app.command()
def table(
    datasets: Datasets = DATASETS,
    models: Models = MODELS,
    runs: Runs = RUNS,
    published: Annotated[Path, typer.Option(help="YAML of reference figures.")] = ROOT / "benchmarks/published.yaml",
    output: Annotated[Path, typer.Option(help="Markdown file to write.")] = ROOT / "benchmarks/results/graph.md",
) -> None:
    """Write the tables of all finished seeds; text below the file's marker line is kept."""
    finished = {name: read_finished(runs, name, _names(models)) for name in _names(datasets)}
    if not any(finished.values()):
        raise UserError(f"{runs} holds no finished run; make them with: python benchmarks/graph_quality.py run")
    seeds = sorted({seed for found in finished.values() for one in found for seed in one.seeds})
    chosen = [
        f" --{option} {value}"
        for option, value, default in (("datasets", datasets, DATASETS), ("models", models, MODELS))
        if value != default
    ]
    commands = [
        f"python benchmarks/graph_quality.py run{''.join(chosen)} --seeds {','.join(map(str, seeds))}",
        f"python benchmarks/graph_quality.py table{''.join(chosen)}",
    ]
    page = make_page(finished, read_published(published), commands)
    existing = output.read_text(encoding="utf-8") if output.is_file() else None
    output.parent.mkdir(parents=True, exist_ok=True)
    write_text(output, with_kept_text(page, existing))
    print(f"wrote {output}")


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def _seeds(text: str) -> list[int]:
    if not all(part.isdecimal() for part in _names(text)):
        raise UserError(f"--seeds {text}: expected whole numbers with commas between, such as 0,1,2")
    return [int(part) for part in _names(text)]


if __name__ == "__main__":
    command_line(app)
