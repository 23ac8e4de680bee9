"""Meta-paths, those of a data set and those its schema offers, with what they join."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import UserError
from datasets.graph import GraphDataset, MetaPath
from datasets.inspection.findings import FactTable, counted, percent
from datasets.metapath.parsing import parse_meta_path
from datasets.metapath.sizes import PathSize, path_size
from datasets.metapath.suggestion import suggest_meta_paths

DENSE = 0.5


@dataclass(frozen=True)
class SizedPath:
    """A meta-path, how it is spelled, what it joins, and whether the data set has it already."""

    path: MetaPath
    tokens: tuple[str, ...]
    size: PathSize
    given: bool

    @property
    def verdict(self) -> str:
        """What is wrong with it, "" if nothing."""
        if self.size.pairs == 0:
            return "joins no two nodes"
        if self.size.density > DENSE:
            return f"too dense: joins {percent(self.size.density)} of all pairs, so it tells few apart"
        return ""

    @property
    def summary(self) -> str:
        """What it joins, in a few words."""
        about = "" if self.size.exact else "about "
        return f"{about}{counted(self.size.pairs)} pairs, {percent(self.size.density)} of all"


def sized_paths(dataset: GraphDataset, steps: int) -> list[SizedPath]:
    """Return the data set's meta-paths, then the others that the schema offers up to that many steps."""
    relations = {relation: (source, end) for source, relation, end in dataset.graph.edge_types}
    try:
        offered = suggest_meta_paths(dataset.target, relations, steps)
    except UserError:
        offered = {}
    suggested = {
        name: (
            tokens,
            parse_meta_path(name, tokens, target=dataset.target, types=dataset.graph.node_types, relations=relations),
        )
        for name, tokens in offered.items()
    }
    by_steps = {path.steps: tokens for tokens, path in suggested.values()}
    own = {path.steps for path in dataset.meta_paths}
    found = [(path, by_steps.get(path.steps, path.types), True) for path in dataset.meta_paths]
    found += [(path, tokens, False) for tokens, path in suggested.values() if path.steps not in own]
    return [SizedPath(path, tokens, path_size(dataset.graph, path), given) for path, tokens, given in found]


def path_facts(paths: Sequence[SizedPath], title: str) -> FactTable:
    """Return meta-paths with the pairs they join, their density, neighbours a node and the nodes they reach."""
    rows = []
    for one in paths:
        about = "" if one.size.exact else "~"
        rows.append(
            (
                one.path.name,
                " ".join(one.tokens),
                f"{about}{counted(one.size.pairs)}",
                f"{about}{percent(one.size.density)}",
                f"{about}{one.size.neighbours:.1f}",
                f"{about}{percent(one.size.reached)}",
                one.verdict or "good",
            )
        )
    columns = ("meta-path", "types", "pairs", "density", "a node", "nodes reached", "")
    return FactTable(title, columns, rows, (2, 3, 4, 5))
