"""Lists of many users as a table, from a task that answers by rule."""

from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch
from rich.console import Console

from core.command_line import bulk_recommend
from core.command_line.bulk_recommend import Users, check_wish, write_recommendations
from core.errors import UserError
from datasets import SequenceDataset

LOG = SequenceDataset(
    name="shop",
    items=np.array([1, 2, 3, 1, 2]),
    offsets=np.array([0, 2, 3, 5]),
    times=None,
    user_ids=np.array(["anna", "bert", "carl"]),
    item_ids=np.array([10, 20, 30]),
    checksum="0",
)


class ByRule:
    """The best item of user u is number u + 1, the next one the number after it; then nothing is left for user 2."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[int], int, bool | None]] = []

    def rank_items(
        self, rows: np.ndarray, top: int, *, filter_seen: bool | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.asked.append((rows.tolist(), top, filter_seen))
        numbers = torch.from_numpy(rows)[:, None] + torch.arange(1, 3)
        scores = torch.tensor([[0.5, 0.25]], dtype=torch.float64).expand(len(rows), 2)
        return numbers.where(numbers < 4, 0), scores.where(numbers < 4, -torch.inf)


def written(users: Users, folder: Path, task: ByRule | None = None) -> list[tuple[str, int, int, float]]:
    path = folder / "new" / "lists.parquet"
    write_recommendations(Console(quiet=True), task or ByRule(), LOG, users, 2, None, path)
    table = pyarrow.parquet.read_table(path)
    assert [str(field.type) for field in table.schema] == ["string", "int32", "int64", "float"]
    assert [one.name for one in path.parent.iterdir()] == ["lists.parquet"]
    return [tuple(row.values()) for row in table.to_pylist()]


ANNA = [("anna", 1, 10, 0.5), ("anna", 2, 20, 0.25)]
BERT = [("bert", 1, 20, 0.5), ("bert", 2, 30, 0.25)]
CARL = [("carl", 1, 30, 0.5)]


def test_everyone_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_recommend, "BLOCK", 2)
    task = ByRule()
    assert written(Users(), tmp_path, task) == ANNA + BERT + CARL
    assert task.asked == [([0, 1], 2, None), ([2], 2, None)]


def test_the_users_of_a_file_each_once_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "users.txt").write_text("carl\n\n anna \ncarl\n")
    assert written(Users(tmp_path / "users.txt"), tmp_path) == CARL + ANNA
    (tmp_path / "users.csv").write_text("age,name\n30,bert\n")
    assert written(Users(tmp_path / "users.csv", "name"), tmp_path) == BERT


def test_unknown_users_are_named_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("user_id\nanna\nberta\nzoe\n")
    with pytest.raises(UserError, match=r"users\.csv, line 3: no user 'berta' in shop; did you mean bert\?.*2 of 3"):
        written(Users(path), tmp_path)
    assert not (tmp_path / "new").exists()
    assert written(Users(path, skip_unknown=True), tmp_path) == ANNA
    path.write_text("user_id\nzoe\n")
    with pytest.raises(UserError, match="lists no user of shop"):
        written(Users(path, skip_unknown=True), tmp_path)


def test_a_failure_leaves_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_recommend, "BLOCK", 2)

    class Failing(ByRule):
        def rank_items(self, rows: np.ndarray, top: int, *, filter_seen: bool | None = None):  # type: ignore[no-untyped-def]
            if self.asked:
                raise KeyboardInterrupt
            return super().rank_items(rows, top, filter_seen=filter_seen)

    with pytest.raises(KeyboardInterrupt):
        write_recommendations(Console(quiet=True), Failing(), LOG, Users(), 2, None, tmp_path / "lists.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("users", "output", "others", "message"),
    [
        (None, "l.parquet", False, "add --all-users, or --users-file FILE"),
        (Users(), None, False, "add --output FILE.parquet"),
        (Users(), "l.parquet", True, "--user and --history are answered on the screen"),
        (Users(), "l.csv", False, "ends in .parquet"),
        (Users(), "there.parquet", False, "is there already"),
    ],
)
def test_wishes_that_make_no_sense(
    users: Users | None, output: str | None, others: bool, message: str, tmp_path: Path
) -> None:
    (tmp_path / "there.parquet").touch()
    with pytest.raises(UserError, match=message):
        check_wish(users, tmp_path / output if output else None, overwrite=False, others=others)
    assert check_wish(Users(), tmp_path / "there.parquet", overwrite=True, others=False)
