"""Runs that are planned, skipped and gone on with; the page made of their folders."""

import re
from pathlib import Path

import pytest

from benchmarks.graph_quality import LAYOUT, STUDY
from benchmarks.measurement import ROOT
from benchmarks.quality_page import MARKER, read_published
from core.errors import UserError
from core.run_folder import RunFolder
from core.settings_files import read_settings_file

ENVIRONMENT = {
    "device": "cpu",
    "threads": 1,
    "platform": "Linux-of-test",
    "python": "3.11.7",
    "packages": {"torch": "2.9.9"},
    "git_commit": "abc123",
    "started": "2025-01-02T03:04:05+00:00",
}
PUBLISHED = ROOT / "benchmarks/published.yaml"


def finish(folder: Path, dataset: str, model: str, accuracies: list[float | None], epochs: int = 90) -> None:
    """Write the folders of seeds 0, 1, ...; an accuracy of null is a seed that is not finished."""
    parent = RunFolder.create(folder / f"{dataset}-{model}")
    parent.write_settings({"seeds": list(range(len(accuracies)))})
    for seed, accuracy in enumerate(accuracies):
        run = RunFolder.create(parent.path / f"seed-{seed}")
        run.write_settings({"seed": seed})
        run.write_environment(ENVIRONMENT)
        if accuracy is None:
            continue
        metrics = {
            f"classification/{split}/{metric}": accuracy
            for split in (20, 40, 60)
            for metric in ("macro_f1", "micro_f1", "auc")
        }
        cost = {"epochs": epochs + seed, "time/epoch_s": 0.25, "memory/peak_mb": 700.0}
        # A deviation over the probe's repeats must not be taken for the one over seeds.
        run.write_metrics({**metrics, "classification/20/macro_f1_std": 0.4, "clustering/nmi": 0.5, **cost})
    if None not in accuracies:
        parent.write_metrics({})


def cells(page: str, row: str) -> list[str]:
    line = next(line for line in page.splitlines() if line.startswith(f"| {row}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    finish(tmp_path / "runs", "acm", "meow", [0.90, 0.92, None])
    finish(tmp_path / "runs", "acm", "raw-features", [0.70], epochs=0)
    finish(tmp_path / "runs", "dblp", "meow", [0.93, 0.93, 0.93])
    return tmp_path / "runs"


def write(runs: Path, output: Path) -> str:
    STUDY.write_page("acm,dblp,imdb", "meow,raw-features", runs, PUBLISHED, output)
    return output.read_text(encoding="utf-8")


def test_the_table_averages_finished_seeds(runs: Path, tmp_path: Path) -> None:
    page = write(runs, tmp_path / "results/graph.md")
    acm = page[page.index("## acm") : page.index("## dblp")]
    columns = cells(acm, "   ")
    meow = dict(zip(columns, cells(acm, "meow (2 seeds)"), strict=True))
    assert meow["Ma-F1 20"] == "91.0 ± 1.4"
    assert meow["AUC 60"] == "91.0 ± 1.4"
    assert meow["NMI"] == "50.0 ± 0.0"
    assert meow["ARI"] == "-"
    assert meow["epochs"] == "90 ± 1"
    assert meow["s/epoch"] == "0.25 ± 0.00"
    raw = dict(zip(columns, cells(acm, "raw-features (1 seed)"), strict=True))
    assert raw["Mi-F1 40"] == "70.0"
    assert raw["s/epoch"] == "-"
    assert dict(zip(columns, cells(acm, "HeCo"), strict=True))["AUC 20"] == "96.5"
    assert "KDD 2021" in acm
    assert "Finished seeds: meow 0, 1; raw-features 0.\n" in acm
    assert "## imdb" not in page
    assert "Linux-of-test" in page
    assert len({len(line) for line in acm.splitlines() if line.startswith("|")}) == 1


def test_the_commands_tell_which_models_have_other_seeds(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for dataset in ("acm", "dblp", "imdb"):
        finish(runs, dataset, "meow", [0.9] * (2 if dataset == "dblp" else 3))
        finish(runs, dataset, "raw-features", [0.7, 0.7], epochs=0)
    script = "python benchmarks/graph_quality.py"
    chosen = "--datasets acm,dblp,imdb --models meow,raw-features"
    assert write(runs, tmp_path / "graph.md").split("```")[1].strip().splitlines() == [
        f"{script} run {chosen} --seeds 0,1 --skip acm-meow,imdb-meow",
        f"{script} run --datasets acm,imdb --models meow --seeds 0,1,2",
        f"{script} table {chosen}",
    ]


def test_text_below_the_marker_survives(runs: Path, tmp_path: Path) -> None:
    output = tmp_path / "graph.md"
    first = write(runs, output)
    assert first.count(MARKER) == 1
    output.write_text(first + "\nBy hand: what this means.\n", encoding="utf-8")
    finish(runs, "imdb", "meow", [0.5])
    again = write(runs, output)
    assert again.endswith(f"{MARKER}\n\nBy hand: what this means.\n")
    assert again.count(MARKER) == 1
    assert "## imdb" in again
    assert write(runs, output) == again


def test_figures_outlive_their_run_folders(runs: Path, tmp_path: Path) -> None:
    output = tmp_path / "graph.md"
    before = write(runs, output)
    moved = tmp_path / "elsewhere"
    finish(moved, "acm", "raw-features", [0.80])
    after = write(moved, output)
    assert cells(after, "meow (2 seeds)") == cells(before, "meow (2 seeds)")
    assert cells(after, "raw-features (1 seed)")[1] == "80.0"


def test_no_finished_run_is_a_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no finished run"):
        write(tmp_path / "nowhere", tmp_path / "graph.md")


def test_published_figures_are_percentages_with_a_source() -> None:
    published = read_published(PUBLISHED, ["acm", "dblp", "imdb"], LAYOUT.columns)
    assert published["dblp"][0].line.values["clustering/ari"] == 80.2
    for row in (row for rows in published.values() for row in rows):
        assert len(row.source) > 20
        assert all(
            1 < value <= 100 for name, value in row.line.values.items() if not LAYOUT.columns[name].is_cost and value
        )


def test_an_unknown_published_metric_is_named(tmp_path: Path) -> None:
    path = tmp_path / "published.yaml"
    path.write_text("acm: [{name: X, source: nowhere, metrics: {clustering/nmmi: 3}}]")
    with pytest.raises(UserError, match="clustering/nmmi"):
        read_published(path, ["acm"], LAYOUT.columns)


def test_plan_leaves_out_skipped_pairs_and_knows_what_is_finished(runs: Path) -> None:
    planned = STUDY.plan(["acm", "dblp"], ["meow", "raw-features"], [0, 1, 2], runs, ["dblp-raw-features"])
    assert [one.name for one in planned] == ["acm-meow", "acm-raw-features", "dblp-meow"]
    assert planned[2].is_summed_up()
    with pytest.raises(UserError, match=re.escape("was made with seeds [0], not [0, 1, 2]")):
        planned[1].open()
    (started,) = STUDY.plan(["acm"], ["meow"], [0, 1, 2], runs, [])
    started.open()
    assert started.unfinished() == [2]
    assert started.arguments(2) == ["--resume", str(runs / "acm-meow" / "seed-2")]


def test_a_plan_has_the_settings_of_the_data_set(tmp_path: Path) -> None:
    (one,) = STUDY.plan(["acm"], ["meow"], [3, 4], tmp_path / "runs", [])
    one.open()
    settings = RunFolder(one.path).read_settings()
    assert (settings["seeds"], settings["dataset"]) == ([3, 4], "acm")
    published = read_settings_file(ROOT / "configs/meow.yaml")["datasets"]["acm"]
    assert settings["trainer"]["patience"] == published["trainer"]["patience"]
