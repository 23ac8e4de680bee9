import pytest

from core.errors import UserError
from datasets.graph import Step
from datasets.metapath import parse_meta_path

TYPES = ["paper", "author", "venue"]
RELATIONS = {
    "writes": ("author", "paper"),
    "reviews": ("author", "paper"),
    "in": ("paper", "venue"),
    "cites": ("paper", "paper"),
}


def parse(*tokens: str, contexts: list[int] | None = None):
    return parse_meta_path("X", tokens, target="paper", types=TYPES, relations=RELATIONS, contexts=contexts)


def test_steps_know_their_direction() -> None:
    path = parse("paper", "in", "venue", "paper", "writes", "author", "reviews", "paper")
    assert path.steps == (
        Step("paper", "in", "venue", True),
        Step("venue", "in", "paper", False),
        Step("paper", "writes", "author", False),
        Step("author", "reviews", "paper", True),
    )
    assert path.types == ("paper", "venue", "paper", "author", "paper")
    assert path.contexts == (1, 2, 3)


def test_a_type_related_to_itself_is_walked_forward() -> None:
    assert parse("paper", "paper").steps == (Step("paper", "cites", "paper", True),)


def test_contexts_may_be_chosen() -> None:
    assert parse("paper", "venue", "paper", contexts=[]).contexts == ()
    with pytest.raises(UserError, match=r"\[2\] must be from 1 to 1"):
        parse("paper", "venue", "paper", contexts=[2])


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [
        (["author", "writes", "paper"], r"write \[paper, \.\.\., paper\]"),
        (["paper", "venue"], r"write \[paper, \.\.\., paper\]"),
        (["paper"], "must start and end"),
        ([], "must start and end"),
        (["paper", "autor", "paper"], "did you mean author"),
        (["paper", "author", "paper"], r"writes, reviews join paper and author; say which: \[paper, writes, author\]"),
        (["paper", "venue", "author", "writes", "paper"], r"no relation joins venue and author; there are: writes"),
        (["paper", "writes", "venue", "paper"], "relation writes does not join paper and venue"),
        (["paper", "writes", "in", "venue", "paper"], "name the node type between relations writes and in"),
    ],
)
def test_impossible_paths_are_explained(tokens: list[str], reason: str) -> None:
    with pytest.raises(UserError, match=reason) as raised:
        parse(*tokens)
    assert str(raised.value).startswith("meta-path X = ")
