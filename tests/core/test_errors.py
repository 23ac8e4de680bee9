"""What a wrong id is answered with."""

import random
import string
from difflib import get_close_matches

import pytest

from core.errors import closest


def test_few_ids_are_all_compared() -> None:
    assert closest("ana", ["anna", "bert", "carl"]) == "; did you mean anna?"
    assert closest("zzz", ["anna", "bert", "carl", "dora"]) == "; ids look like anna, bert, carl"
    assert closest("", ["anna"]) == "; ids look like anna"


@pytest.mark.parametrize("letters", [string.digits, string.ascii_uppercase + string.digits, "äöü漢字🙂"])
def test_of_many_ids_a_mistyped_one_is_found_as_by_comparing_all(letters: str) -> None:
    draw = random.Random(0)
    known = ["".join(draw.choices(letters, k=draw.randint(6, 12))) for _ in range(3000)]
    for one in draw.sample(known, 20):
        place = draw.randrange(len(one))
        for raw in (
            one[:place] + one[place + 1 :],
            one[:place] + "x" + one[place:],
            one[:place] + "x" + one[place + 1 :],
        ):
            (best,) = get_close_matches(raw, known, n=1)
            assert closest(raw, known).startswith(f"; did you mean {best}")


def test_ids_of_all_lengths_take_no_room() -> None:
    """A rectangle as wide as the longest id would take terabytes."""
    known = ["a" * 1_000_000, *(f"id-{number}" for number in range(2000))]
    assert "id-1999" in closest("id-1999x", known)
