"""A user's mistakes: a clear message, exit code 2, no traceback, and nothing left behind."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from tests.end_to_end.command import settings, start
from tests.end_to_end.own_graph import write_graph
from tests.end_to_end.refusal import check_refused

OWN = settings(data__target_nodes=None)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--dataset", "acn"], ["unknown dataset 'acn'", "did you mean acm"]),
        (["--dataset", "none.yaml"], ["none.yaml: no such file"]),
        (["--model", "mewo"], ["unknown model 'mewo'", "did you mean meow"]),
        (["--set", "trainer.epoch=5"], ["trainer.epoch", "did you mean trainer.epochs"]),
        (["--set", "objective.cluster=[5]"], ["objective.cluster", "did you mean objective.clusters"]),
        (["--set", "trainer.epochs=many"], ["trainer.epochs (from --set) expects an integer, got 'many'"]),
        (["--set", "optimizer.lr=-1"], ["optimizer.lr (from --set)", "greater than 0"]),
        (["--set", "encoder=5"], ["encoder"]),
        (["--set", "views.top_k={IAI: 5}"], ["views.top_k has no value for meta-path ITI"]),
        (["--set", "objective.clusters=[1000]"], ["1000 clusters for 900 item nodes"]),
        (["--set", "data.target_node=500"], ["target_node", "did you mean target_nodes"]),
        (["--set", "data.meta_paths={X: [item, autor, item]}"], ["meta-path X", "did you mean author"]),
        (["--set", "data.meta_paths={X: [author, item, author]}"], ["X", "start and end at the target type"]),
        (["--set", "data.meta_paths={X: [item, author]}"], ["X", "start and end at the target type"]),
        (["--set", "data.meta_paths={X: [item, item]}"], ["X", "no relation joins item and item"]),
        (["--set", "data.meta_paths={X: [item, item-topic, author, item]}"], ["item-topic does not join"]),
        (["--device", "gpu"], ["unknown device 'gpu'"]),
        (["--config", "absent.yaml"], ["absent.yaml: no such file"]),
        (["--resume", "absent"], ["absent: there is no such run folder"]),
        (["evaluate", "absent"], ["absent: there is no such run folder"]),
        (["download", "acn"], ["did you mean acm"]),
    ],
)
def test_mistakes_in_the_arguments(
    arguments: list[str], parts: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(arguments, here, capsys, *parts)


@pytest.mark.parametrize("output", [[], ["--output", "out"]])
def test_mistakes_as_a_process_of_its_own(output: list[str], here: Path) -> None:
    process = start("--set", "objective.clusters=[1000]", *output, cwd=here)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 2
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert list(here.iterdir()) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(["--device", "cuda"], here, capsys, "no CUDA device")


def test_an_output_folder_in_use(finished: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    check_refused(["--output", finished, *settings()], here, capsys, "not empty", f"--resume {finished}")
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


def test_a_config_file_with_a_mistake_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "own.yaml").write_text("data: {meta_paths: {X: [item, autor, item]}}")
    check_refused(["--config", "own.yaml"], here, capsys, "meta-path X", "autor")
    (here / "own.yaml").write_text("trainer: {epochs: ten}")
    check_refused(["--config", "own.yaml"], here, capsys, "trainer.epochs (from own.yaml) expects an integer")
    (here / "own.yaml").write_text("trainer: {epochs: 1\nviews:")
    check_refused(["--config", "own.yaml"], here, capsys, "own.yaml:")


def refuse_graph(path: Path, here: Path, capsys: pytest.CaptureFixture[str], *parts: str) -> None:
    check_refused(["--dataset", path, "--output", here / "out", *OWN], here, capsys, *parts)


def test_an_edge_out_of_range_is_named_by_file_and_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    lines = (here / "graph" / "author.txt").read_text().splitlines()
    lines[4] = "3 99999"
    (here / "graph" / "author.txt").write_text("\n".join(lines))
    refuse_graph(path, here, capsys, f"{here / 'graph' / 'author.txt'}, line 5: target id 99999 is not from 0 to")


def test_an_edge_that_is_no_pair_is_named_by_file_and_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    with (here / "graph" / "topic.txt").open("a") as file:
        file.write("3 x\n")
    count = len((here / "graph" / "topic.txt").read_text().splitlines())
    refuse_graph(path, here, capsys, f"topic.txt, line {count}: target id 'x' is no integer")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite(value: float, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    features = np.load(here / "graph" / "item.npy")
    features[17, 2] = value
    np.save(here / "graph" / "item.npy", features)
    refuse_graph(path, here, capsys, f"item.npy: {value} in row 17")


def test_truncated_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    with (here / "graph" / "item.npy").open("r+b") as file:
        file.truncate(1000)
    refuse_graph(path, here, capsys, "item.npy: truncated")


def test_a_pickle_is_never_opened(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    np.save(here / "graph" / "item.npy", np.array([{"a": 1}] * 400, dtype=object), allow_pickle=True)
    refuse_graph(path, here, capsys, "item.npy", "pickle-free")


def test_a_checksum_that_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    digest = hashlib.sha256((here / "graph" / "author.txt").read_bytes()).hexdigest()
    path = write_graph(here / "graph", files={"author.txt": digest})
    with (here / "graph" / "author.txt").open("a") as file:
        file.write("0 0\n")
    refuse_graph(path, here, capsys, "author.txt: truncated or altered", digest)


def test_a_missing_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph")
    (here / "graph" / "topic.txt").unlink()
    refuse_graph(path, here, capsys, "topic.txt: no such file")


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"target": "itm"}, ["shop.yaml", "target: unknown node type 'itm'; did you mean item?"]),
        ({"meta_paths": {"IAI": ["item", "author"]}}, ["meta-path IAI", "start and end at the target"]),
        ({"meta_paths": {"IXI": ["item", "tpic", "item"]}}, ["meta-path IXI", "did you mean topic"]),
        ({"lables": {}}, ["shop.yaml", "unknown key 'lables'; did you mean labels"]),
        ({"nodes": None}, ["shop.yaml", "nodes"]),
    ],
)
def test_a_description_with_a_mistake(
    changes: dict[str, Any], parts: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse_graph(write_graph(here / "graph", **changes), here, capsys, *parts)


def test_a_description_that_is_no_mapping(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "list.yaml").write_text(yaml.safe_dump([1, 2]))
    refuse_graph(here / "list.yaml", here, capsys, "list.yaml: expected keys and values")
