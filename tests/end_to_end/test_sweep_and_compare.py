"""A sweep of real models as real processes; then comparisons over seeds, users and nodes of what it left."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from core.run_folder import RunFolder
from tests.end_to_end.command import SMALL_SEQUENCES, measured, run, settings

SWEEP = """
datasets:
  small: {dataset: planted-graph, set: {data.target_nodes: 400}}
models: {raw: {model: raw-features}}
seeds: [0, 1]
set: {evaluation: {repeats: 2, steps: 10}}
metrics: ["classification/*/micro_f1"]
"""


def test_a_sweep_from_a_file_to_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.yaml").write_text(SWEEP)
    output = tmp_path / "out"
    command = ["sweep", tmp_path / "s.yaml", "--output", output, "--jobs", 2, "--device", "cpu"]
    assert run(*command) == 0
    folder, name = output / "small-raw", "classification/20/micro_f1"
    seeds = [measured(folder / f"seed-{seed}") for seed in (0, 1)]
    assert seeds[0][name] != seeds[1][name]
    assert measured(folder)[name] == pytest.approx(np.mean([one[name] for one in seeds]))
    assert (folder / "report.html").is_file()
    assert RunFolder(folder).read_settings()["seeds"] == [0, 1]
    with (output / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["dataset"], row["run"], row["seeds"]) for row in rows} == {("small", "raw", "0 1")}
    assert {row["metric"] for row in rows} == {f"classification/{split}/micro_f1" for split in (20, 40, 60)}
    before = {path: path.stat().st_mtime_ns for path in output.rglob("metrics.json")}
    assert run(*command) == 0
    assert {path: path.stat().st_mtime_ns for path in output.rglob("metrics.json")} == before

    capsys.readouterr()
    pair = [f"a={folder / 'seed-0'}", f"b={folder / 'seed-1'}"]
    assert run("compare", *pair, "--per-node", "--metrics", "*/micro_f1", "--device", "cpu") == 0
    printed = capsys.readouterr().out
    assert "sign flips over nodes" in printed
    assert "evaluated again here it gives" not in printed
    assert run("leaderboard", output) == 0
    assert f"1: {folder}, seeds 0, 1" in capsys.readouterr().out


def test_users_are_compared_pair_by_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = settings(SMALL_SEQUENCES, trainer__epochs=1)
    assert run("--model", "sasrec", "--seeds", "0,1", "--device", "cpu", "--output", tmp_path / "sasrec", *small) == 0
    data = ["--set", "data.users=150", "--set", "data.items=60"]
    assert run("--model", "popularity", "--device", "cpu", "--output", tmp_path / "popularity", *data) == 0
    capsys.readouterr()
    command = ["compare", tmp_path / "popularity", tmp_path / "sasrec", "--per-user", "--device", "cpu"]
    assert run(*command, "--metrics", "test/ndcg@10,test/hr@10", "--output", tmp_path / "t.csv") == 0
    said = capsys.readouterr().err
    assert "evaluated again here it gives" not in said
    assert "too few seeds for any test over them: 1 in common" in said
    with (tmp_path / "t.csv").open() as file:
        rows = {(row["run"], row["metric"]): row for row in csv.DictReader(file)}
    row = rows["sasrec", "test/ndcg@10"]
    assert row["paired_units"] == "150"
    assert 0 < float(row["units_p"]) <= float(row["units_p_holm"]) <= 1
    gain = measured(tmp_path / "sasrec")["test/ndcg@10"] - measured(tmp_path / "popularity")["test/ndcg@10"]
    assert float(row["difference"]) == pytest.approx(gain)
    assert rows["popularity", "test/ndcg@10"]["units_p"] == ""

    figures = json.loads((tmp_path / "popularity" / "metrics.json").read_text())
    (tmp_path / "popularity" / "metrics.json").write_text(json.dumps({**figures, "test/hr@10": 0.9}))
    assert run(*command, "--metrics", "test/hr@10") == 0
    assert f"{tmp_path / 'popularity'}: evaluated again here it gives test/hr@10" in capsys.readouterr().out
