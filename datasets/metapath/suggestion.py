"""Meta-paths that a schema offers: from the target along relations to another type, and back the same way."""

from collections.abc import Iterator

from core.errors import UserError
from datasets.metapath.parsing import RelationEnds

Hop = tuple[str, str]
"""A relation and the node type that it leads to."""


def suggest_meta_paths(target: str, relations: RelationEnds, most_steps: int) -> dict[str, tuple[str, ...]]:
    """Return the meta-paths of at most `most_steps` steps that start and end at `target`, shorter ones first.

    Each goes out over types that differ and returns the same way, so that it reads the same backwards; a relation
    from the target to itself is one of a single step. A relation's name stands between two types that several
    relations join. A path is named by the types' initials where no two types share one, else by the types, and by
    the relations where they are needed. Raises UserError where the schema has none.
    """
    found = [
        _tokens(target, [*half, *_returning(target, half)], relations)
        for half in _ways_out([(("", target),)], relations, most_steps // 2)
    ]
    loops = (
        [(target, name, target) for name, ends in relations.items() if ends == (target, target)] if most_steps else []
    )
    several = len(loops) > 1
    paths = [loop if several else (target, target) for loop in loops] + found
    if not paths:
        raise UserError(
            f"no relation leads from {target} to another type and back within {most_steps} steps; "
            "choose another target, or more steps"
        )
    types = {target, *(end for ends in relations.values() for end in ends)}
    short = len({name[0].upper() for name in types}) == len(types)
    return {_name(tokens, relations, short): tokens for tokens in paths}


def _ways_out(begun: list[tuple[Hop, ...]], relations: RelationEnds, longest: int) -> Iterator[list[Hop]]:
    """Yield every walk of 1 to `longest` hops from the target over types that differ, shorter walks first."""
    for _ in range(longest):
        begun = [
            (*walk, (name, there))
            for walk in begun
            for name, ends in relations.items()
            for here, there in (ends, ends[::-1])
            if here == walk[-1][1] and there not in {place for _, place in walk}
        ]
        yield from (list(walk[1:]) for walk in begun)


def _returning(target: str, half: list[Hop]) -> list[Hop]:
    places = [target, *(place for _, place in half)]
    return [(relation, places[number]) for number, (relation, _) in reversed(list(enumerate(half)))]


def _tokens(target: str, hops: list[Hop], relations: RelationEnds) -> tuple[str, ...]:
    tokens, here = [target], target
    for relation, there in hops:
        joining = [ends for ends in relations.values() if ends in ((here, there), (there, here))]
        tokens += [relation, there] if len(joining) > 1 else [there]
        here = there
    return tuple(tokens)


def _name(tokens: tuple[str, ...], relations: RelationEnds, short: bool) -> str:
    types = [token for token in tokens if token not in relations]
    name = "".join(kind[0].upper() for kind in types) if short else "-".join(types)
    said = [token for token in tokens if token in relations]
    return "-".join([name, *said[: (len(said) + 1) // 2]])
