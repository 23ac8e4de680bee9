"""The page of the recommenders' quality, made of run folders and published figures."""

from pathlib import Path

import pytest

from benchmarks.measurement import ROOT
from benchmarks.quality_page import MARKER, read_published
from benchmarks.sequence_quality import LAYOUT, STUDY
from core.domain import ModelEntry
from core.run_folder import RunFolder
from recsys.domain import domain

PUBLISHED = ROOT / "benchmarks/published.yaml"
ENVIRONMENT = {
    "device": "cpu",
    "threads": 1,
    "platform": "Linux-of-test",
    "python": "3.11.7",
    "packages": {"torch": "2.9.9"},
    "git_commit": "abc123",
    "started": "2025-01-02T03:04:05+00:00",
}


def finish(folder: Path, rates: list[float | None]) -> None:
    """Write the folders of seeds 0, 1, ...; a hit rate of null is a seed that is not finished."""
    RunFolder.create(folder).write_settings({"seeds": list(range(len(rates)))})
    for seed, rate in enumerate(rates):
        run = RunFolder.create(folder / f"seed-{seed}")
        run.write_environment(ENVIRONMENT)
        if rate is not None:
            cost = {"epochs": 20, "time/epoch_s": 61.5, "memory/peak_mb": 640.0}
            run.write_metrics({"test/hr@10": rate, "test/length_1-5/hr@10": 0.9, **cost})


def row(page: str, name: str) -> dict[str, str]:
    table = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")
    ]
    return dict(zip(table[0], next(line for line in table if line[0].startswith(name)), strict=True))


def test_the_table_shows_finished_seeds_beside_the_paper(tmp_path: Path) -> None:
    finish(tmp_path / "runs/beauty-mclrec", [0.0870, 0.0874, None])
    output = tmp_path / "recsys.md"
    output.write_text(f"old\n{MARKER}\nBy hand.\n", encoding="utf-8")
    STUDY.write_page(STUDY.datasets, STUDY.models, tmp_path / "runs", PUBLISHED, output)
    page = output.read_text(encoding="utf-8")
    ours = row(page, "mclrec (2 seeds)")
    assert ours["HR@10"] == "0.0872 ± 0.0003"
    assert ours["s/epoch"] == "61.50 ± 0.00"
    assert ours["NDCG@10"] == ours["MRR@10"] == "-"
    assert row(page, "MCLRec [3]")["HR@10"] == "0.0871"
    assert row(page, "SASRec [1]")["NDCG@20"] == "0.0386"
    assert "Finished seeds: mclrec 0, 1." in page
    assert "--seeds 0,1\n" in page
    assert "## sports" not in page
    assert page.endswith(f"{MARKER}\nBy hand.\n")


@pytest.mark.parametrize("name", ["beauty", "sports", "yelp"])
def test_published_figures_are_shares_that_fit_together(name: str) -> None:
    rows = read_published(PUBLISHED, [name], LAYOUT.columns)[name]
    assert [one.line.name for one in rows[:3]] == ["SASRec", "CL4SRec", "MCLRec"]
    for values in (one.line.values for one in rows if "test/hr@5" in one.line.values):
        for metric in ("hr", "ndcg"):
            found = [values[f"test/{metric}@{k}"] or 0.0 for k in (5, 10, 20)]
            assert 0 < found[0] < found[1] < found[2] < 0.2
        assert all((values[f"test/ndcg@{k}"] or 0.0) < (values[f"test/hr@{k}"] or 0.0) for k in (5, 10, 20))


def test_the_study_names_models_that_there_are() -> None:
    entries = [domain.models.get(name) for name in STUDY.models.split(",")]
    assert all(isinstance(entry, ModelEntry) for entry in entries)
