"""`compare-objectives`: one table over all objectives, gone on with, and with reasons for what is missing."""

from pathlib import Path

import pytest

from tests.end_to_end.command import run

TINY = ("--set", "trainer.epochs=2", "--set", "data.target_nodes=360", "--set", "encoder.hidden=8")


def test_one_table_over_objectives(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given = ["compare-objectives", "--model", "adameow", "--output", str(tmp_path / "all"), *TINY]
    given += ["--set", "objective.clusters=[5]", "--set", "objective.temperature=0.3"]
    assert run(*given, "--objectives", "dcl,meow") == 0
    capfd.readouterr()
    assert run(*given, "--objectives", "dcl,meow,cacr") == 0
    assert "dcl: finished before" in capfd.readouterr().out
    page = (tmp_path / "all/comparison.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("|")][2:]
    assert rows == ["cacr", "dcl", "meow"]
    for column in ("micro_f1", "nmi", "diagnostics/uniformity", "diagnostics/alignment", "diagnostics/tolerance"):
        assert column in page
    assert "temperature: 0.3" in (tmp_path / "all/dcl/settings.yaml").read_text(encoding="utf-8")
    assert "temperature" not in (tmp_path / "all/cacr/settings.yaml").read_text(encoding="utf-8").split("objective:")[1]

    assert run(*given, "--objectives", "dcl,meow", "--set", "optimizer.lr=0.1") == 2
    assert "was made with other settings in optimizer" in capfd.readouterr().err


def test_what_was_never_trained_binds_nobody(tmp_path: Path) -> None:
    (tmp_path / "all/dcl").mkdir(parents=True)
    (tmp_path / "all/dcl/settings.yaml").write_text("seeds: [0]\ndataset: planted-graph\nmodel: adameow\n")
    given = ["compare-objectives", "--model", "adameow", "--output", tmp_path / "all", *TINY]
    assert run(*given, "--objectives", "dcl") == 0
    assert "name: dcl" in (tmp_path / "all/dcl/settings.yaml").read_text(encoding="utf-8")


def test_what_a_domain_cannot_serve_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    small = [
        "--set",
        "trainer.epochs=1",
        "--set",
        "data.users=60",
        "--set",
        "data.items=90",
        "--set",
        "batches.size=64",
    ]
    given = [
        "compare-objectives",
        "--model",
        "cl4srec",
        "--objectives",
        "nt-xent,propagation",
        "--output",
        tmp_path / "all",
    ]
    assert run(*given, *small) == 0
    assert "propagation: objective propagation needs neighbours of every row" in capfd.readouterr().out
    page = (tmp_path / "all/comparison.md").read_text(encoding="utf-8")
    assert "| nt-xent" in page
    assert "test/hr@10" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "sasrec"], "sasrec has no objective to choose; take one of: adameow, meow, cl4srec, mclrec"),
        (["--model", "adameow", "--objectives", "dlc"], "unknown objective 'dlc'; did you mean dcl"),
        (["--model", "adameow", "--set", "objective.sharpnes=2"], "unknown setting objective.sharpnes"),
        (["--model", "adameow", "--set", "objective.name=dcl"], "use --objectives instead"),
    ],
)
def test_mistakes(arguments: list[str], message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("compare-objectives", *arguments, "--output", tmp_path / "all") == 2
    assert message in capfd.readouterr().err
    assert not any(tmp_path.iterdir())
