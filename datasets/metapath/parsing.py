"""From a list of node types to the steps of a meta-path."""

from collections.abc import Iterable, Mapping, Sequence

from core.errors import UserError, unknown_name
from datasets.graph import MetaPath, Step

RelationEnds = Mapping[str, tuple[str, str]]


def parse_meta_path(
    name: str,
    tokens: Sequence[str],
    *,
    target: str,
    types: Iterable[str],
    relations: RelationEnds,
    contexts: Sequence[int] | None = None,
) -> MetaPath:
    """Return the meta-path that `tokens` spell: node types, with a relation's name between two where needed.

    `relations` maps a relation to its (source, target) types; it may be walked either way. A relation from a
    type to itself is walked forward. `contexts` are prefix lengths, by default all proper prefixes.
    Raises UserError where the path does not start and end at `target`, or takes a hop that does not exist.
    """
    known = set(types)
    where = f"meta-path {name} = {list(tokens)}"
    for token in tokens:
        if token not in known and token not in relations:
            unknown = unknown_name("node type or relation", token, known | set(relations))
            raise UserError(f"{where}: {unknown}")
    if len(tokens) < 2 or tokens[0] != target or tokens[-1] != target:
        raise UserError(f"{where}: must start and end at the target type; write [{target}, ..., {target}]")
    steps = []
    here, via = tokens[0], None
    for token in tokens[1:]:
        if token in relations:
            if via is not None:
                raise UserError(f"{where}: name the node type between relations {via} and {token}")
            via = token
            continue
        steps.append(_step(here, via, token, relations, where))
        here, via = token, None
    lengths = tuple(range(1, len(steps))) if contexts is None else tuple(contexts)
    if any(not 1 <= length < len(steps) for length in lengths):
        raise UserError(f"{where}: contexts {list(lengths)} must be from 1 to {len(steps) - 1} steps long")
    return MetaPath(name, tuple(steps), lengths)


def _step(here: str, via: str | None, there: str, relations: RelationEnds, where: str) -> Step:
    joining = [name for name, ends in relations.items() if ends in ((here, there), (there, here))]
    if via is None and len(joining) == 1:
        via = joining[0]
    if via is None and joining:
        example = f"[{here}, {joining[0]}, {there}]"
        raise UserError(f"{where}: {', '.join(joining)} join {here} and {there}; say which: {example}")
    if via is None or via not in joining:
        joins = ", ".join(f"{name} ({ends[0]} to {ends[1]})" for name, ends in relations.items())
        subject = "no relation joins" if via is None else f"relation {via} does not join"
        raise UserError(f"{where}: {subject} {here} and {there}; there are: {joins}")
    return Step(here, via, there, forward=relations[via] == (here, there))
