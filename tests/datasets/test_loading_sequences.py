from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import datasets
from core.errors import UserError
from datasets import loading

SIZES = {"beauty": (22363, 12101, 198502), "sports": (35598, 18357, 296337), "yelp": (30431, 20033, 316354)}


def sizes(dataset: datasets.SequenceDataset) -> tuple[int, int, int]:
    return dataset.num_users, dataset.num_items, dataset.num_interactions


@pytest.mark.parametrize("name", SIZES)
def test_public_logs_are_as_described_and_keep_their_numbers(name: str, data_root: Path) -> None:
    dataset = datasets.load(name, data_root)
    assert sizes(dataset) == SIZES[name]
    assert dataset.times is None
    assert dataset.item_ids.tolist() == list(range(1, dataset.num_items + 1))
    file = {"sports": "Sports_and_Outdoors"}.get(name, name.capitalize())
    lines = (data_root / "sequences" / f"{file}.txt").read_text().splitlines()
    naive = [[int(field) for field in line.split()] for line in lines]
    assert dataset.user_ids.tolist() == [line[0] for line in naive]
    assert dataset.items.tolist() == [item for line in naive for item in line[1:]]
    assert dataset.lengths.tolist() == [len(line) - 1 for line in naive]


def test_public_logs_lie_in_one_folder(data_root: Path, tmp_path: Path) -> None:
    assert datasets.download("beauty", data_root) == data_root / "sequences"
    assert datasets.is_on_disk("beauty", data_root)
    assert not datasets.is_on_disk("beauty", tmp_path)


def test_options_apply_to_lines_as_well(data_root: Path) -> None:
    plain = datasets.load("yelp", data_root)
    single = datasets.load("yelp", data_root, {"duplicates": "drop"})
    pairs = np.repeat(np.arange(plain.num_users), plain.lengths) * (plain.num_items + 1) + plain.items
    assert single.num_interactions == len(np.unique(pairs)) < plain.num_interactions
    core = datasets.load("yelp", data_root, {"min_interactions": 10})
    assert core.lengths.min() >= 10
    assert np.bincount(core.items)[1:].min() >= 10
    assert len({plain.checksum, single.checksum, core.checksum}) == 3


FRAME = pd.DataFrame(
    {
        "user_id": ["u2", "u1", "u1", "u2", "u1", "u3"],
        "item_id": ["b", "a", "c", "b", "b", "a"],
        "timestamp": [5, 7, 3, 1, 7, 9],
    }
)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".inter", ".parquet"])
def test_a_log_loads_by_its_path(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"log{suffix}"
    if suffix == ".parquet":
        FRAME.to_parquet(path)
    else:
        frame = FRAME.rename(columns=lambda name: f"{name}:token") if suffix == ".inter" else FRAME
        frame.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    dataset = datasets.load(str(path))
    assert dataset.name == "log"
    assert dataset.user_ids.tolist() == ["u1", "u2", "u3"]
    assert dataset.item_ids[dataset.items - 1].tolist() == ["c", "a", "b", "b", "b", "a"]  # a before b: a tie
    assert dataset.offsets.tolist() == [0, 3, 5, 6]
    assert dataset.times.tolist() == [3, 7, 7, 1, 5, 9]
    single = datasets.load(str(path), overrides={"duplicates": "drop"})
    assert single.times.tolist() == [3, 7, 7, 1, 9]
    core = datasets.load(str(path), overrides={"min_interactions": 2})
    assert (core.user_ids.tolist(), core.item_ids.tolist(), core.items.tolist()) == (["u2"], ["b"], [1, 1])
    assert datasets.describe(str(path)).kind == "sequence"
    assert datasets.describe(str(path)).name == str(path.resolve())
    assert datasets.is_on_disk(str(path))
    assert datasets.download(str(path)) == tmp_path


def test_shuffled_rows_give_the_same_log(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"user_id": rng.integers(0, 20, 300), "item_id": rng.integers(0, 30, 300)})
    frame["timestamp"] = rng.permutation(300)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.sample(frac=1, random_state=1).to_parquet(tmp_path / "b.parquet")
    one, other = (datasets.load(str(tmp_path / f"{name}.parquet")) for name in "ab")
    for part in ("items", "offsets", "times", "user_ids", "item_ids"):
        np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    naive = frame.sort_values("timestamp").groupby("user_id")["item_id"].apply(list)
    split = np.split(one.item_ids[one.items - 1], one.offsets[1:-1])
    assert {user: part.tolist() for user, part in zip(one.user_ids, split)} == naive.to_dict()


def test_lines_load_by_their_path_and_gaps_close(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("9 5 5 30\n4 7\n")
    dataset = datasets.load(str(path))
    assert dataset.user_ids.tolist() == [9, 4]
    assert dataset.item_ids.tolist() == [5, 7, 30]
    assert dataset.items.tolist() == [1, 1, 3, 2]


def test_a_description_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log.csv").write_text("who;what\nx;1\ny;2\nx;2\n")
    table = {"user": "who", "item": "what", "time": None, "separator": ";"}
    content = {"kind": "sequence", "folder": "data", "file": "log.csv", "table": table}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    dataset = datasets.load(str(path))
    assert dataset.name == "mine"
    assert np.split(dataset.item_ids[dataset.items - 1], dataset.offsets[1:-1])[0].tolist() == ["1", "2"]
    assert datasets.load(str(path), overrides={"min_interactions": 1}).checksum == dataset.checksum
    (tmp_path / "data" / "log.csv").write_text("who;what\nx;1\ny;2\nx;3\n")
    assert datasets.load(str(path)).checksum != dataset.checksum
    path.write_text(yaml.safe_dump(content | {"files": {"log.csv": "0" * 64}}))
    with pytest.raises(UserError, match=r"log\.csv: truncated or altered"):
        datasets.load(str(path))


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"users": "x"}, "unknown setting of dataset log 'users'; did you mean user"),
        ({"min_interactions": 0}, "min_interactions"),
        ({"min_interactions": 4}, "min_interactions 4 leaves nothing"),
        ({"duplicates": "merge"}, "duplicates"),
        ({"separator": "::"}, "separator"),
        ({"separator": "§"}, "expected one ASCII character, no quote and no line end, got '§'"),
        ({"separator": '"'}, "expected one ASCII character"),
        ({"user": "item_id"}, "three different columns"),
        ({"time": "when"}, "unknown column 'when'"),
        ({"separator": ";"}, "unknown column 'user_id'"),
    ],
)
def test_bad_options_are_named(tmp_path: Path, overrides: dict, reason: str) -> None:
    FRAME.to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(UserError, match=reason):
        datasets.load(str(tmp_path / "log.csv"), overrides=overrides)


def test_paths_of_nothing(tmp_path: Path) -> None:
    for suffix in (".csv", ".txt", ".yaml"):
        with pytest.raises(UserError, match="no such file"):
            datasets.describe(str(tmp_path / f"log{suffix}"))


def test_lines_have_no_columns(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("1 2\n")
    with pytest.raises(UserError, match=r"log\.txt has a user a line and no columns; leave out user"):
        datasets.load(str(tmp_path / "log.txt"), overrides={"user": "u"})


def test_a_file_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "package_folder", lambda name: None)
    assert not datasets.is_on_disk("ml-100k")
    for act in (datasets.load, datasets.download):
        with pytest.raises(UserError, match=r"ml-100k comes with the package recbole.*extra 'recbole'"):
            act("ml-100k")
    monkeypatch.setattr(loading, "package_folder", lambda name: tmp_path / name)
    assert not datasets.is_on_disk("ml-100k")
    with pytest.raises(UserError, match=r"ml-100k\.inter: no such file"):
        datasets.load("ml-100k")


@pytest.mark.skipif(not datasets.is_on_disk("ml-100k"), reason="needs RecBole: pip install '.[recbole]'")
def test_movielens_from_recbole() -> None:
    dataset = datasets.load("ml-100k")
    assert sizes(dataset) == (943, 1682, 100_000)
    assert dataset.item_ids.tolist() == [str(number) for number in range(1, 1683)]
    assert (np.diff(dataset.times)[np.diff(np.repeat(np.arange(943), dataset.lengths)) == 0] >= 0).all()
    assert sizes(datasets.load("ml-100k", overrides={"min_interactions": 5})) == (943, 1349, 99_287)
