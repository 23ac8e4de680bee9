"""What is printed: whole ids at any width, no empty column, and how the figures are made."""

import io

from rich.console import Console

from core.command_line.tables import print_ids, print_metrics


def screen(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width)


def lines_of(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return [line.strip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_a_long_id_is_folded_and_its_number_stays() -> None:
    console, name = screen(40), "https://shop.example/[items]/" + "0123456789" * 8
    print_ids(console, "For " + name, ("item", "score"), [(name, 0.25), ("b", -1.0)])
    title, head, _, *rows = lines_of(console)
    assert title == "For " + name
    assert head.split() == ["item", "score"]
    assert rows[0].split()[1] == "0.2500"
    assert "".join(row.split()[0] for row in rows[:-1]) == name
    assert rows[-1].split() == ["b", "-1.0000"]


def test_an_id_is_no_markup() -> None:
    console, names = screen(), ["[bold]", "\\", "a\\[b]"]
    print_ids(console, "For all", ("item", "score"), [(name, 0.25) for name in names])
    assert [line.split()[0] for line in lines_of(console)[3:]] == names


def test_deviations_have_a_column_only_where_there_are_any() -> None:
    console = screen()
    print_metrics(console, "model on data", "Ranked among all", {"test/users": 3, "epochs": 1}, "over repeats")
    title, protocol, head, *_ = lines_of(console)
    assert (title, protocol, head.split()) == ("model on data", "Ranked among all", ["metric", "value"])
    assert "std" not in " ".join(lines_of(console))
    print_metrics(console, "again", "", {"a/b": 0.5, "a/b_std": 0.25, "epochs": 1}, "over seeds")
    assert "± std over seeds" in " ".join(lines_of(console))
    assert ["a/b", "0.5000", "±", "0.2500"] in [line.split() for line in lines_of(console)]
