"""`recommend`: the best items for users of the data, and for new ones by what they have had."""

import csv
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

import datasets
from core.bulk_recommending import BulkRecommender
from core.command_line.bulk_recommend import Users, write_recommendations
from core.command_line.revisit import open_single_run, rebuild, rebuild_with_data
from core.command_line.tables import print_ids
from core.domain import Domain
from core.errors import UserError
from core.recommending import Query, Recommendation, Recommender


def recommend(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    device: str,
    queries: Sequence[Query],
    top: int,
    filter_seen: bool | None,
) -> None:
    """Print a table of item ids and scores for every query."""
    folder, plan = open_single_run(path, domains)
    task = rebuild(folder, plan, root, device)
    if not isinstance(task, Recommender):
        raise _recommends_nothing(plan.settings.model, path)
    for query, answer in zip(queries, task.recommend(queries, top, filter_seen=filter_seen), strict=True):
        _print(console, query, answer)


def recommend_in_bulk(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    device: str,
    users: Users,
    output: Path,
    top: int,
    filter_seen: bool | None,
) -> None:
    """Write the lists of many users to a table."""
    folder, plan = open_single_run(path, domains)
    task, dataset = rebuild_with_data(folder, plan, root, device)
    if not isinstance(task, BulkRecommender) or not isinstance(dataset, datasets.SequenceDataset):
        raise _recommends_nothing(plan.settings.model, path)
    write_recommendations(console, task, dataset, users, top, filter_seen, output)


def make_queries(users: Sequence[str], histories: Sequence[str]) -> list[Query]:
    """Return a query for each user and each history, a text of item ids with commas between.

    An id that holds a comma stands in double quotes. Raises UserError if there is nothing to ask, or a history
    without items.
    """
    queries = [Query(user=user) for user in users] + [Query(history=_parse_history(text)) for text in histories]
    if not queries:
        raise UserError("name whom to recommend to: --user ID, or --history ITEM,ITEM,... for a new user")
    return queries


def _parse_history(text: str) -> tuple[str, ...]:
    line = " ".join(text.splitlines())
    try:
        # An open quote swallows the empty second line, which is a row of its own otherwise.
        fields, *rest = csv.reader([line, ""], skipinitialspace=True)
    except csv.Error as error:
        raise UserError(f"--history: {error}; expected item ids with commas between") from None
    if line and not rest:
        raise UserError(f"--history {text!r}: a double quote is not closed")
    items = tuple(field.strip() for field in fields) or ("",)
    if not all(items):
        raise UserError(f"--history {text!r}: expected item ids with commas between, oldest first, such as 17,4,230")
    return items


def _print(console: Console, query: Query, answer: Recommendation) -> None:
    whom = f"user {query.user}" if query.history is None else f"history {', '.join(query.history)}"
    seen = "left out" if answer.without_seen else "kept"
    print_ids(console, f"For {whom} (items of the history {seen})", ("item", "score"), answer.items)


def _recommends_nothing(model: str, path: Path) -> UserError:
    return UserError(
        f"model {model} does not recommend items; for what is alike try: run.py neighbors {path} --node ID"
    )
