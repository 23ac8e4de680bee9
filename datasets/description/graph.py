"""The form of a graph's description.

Node types, features, relations, labels, splits and meta-paths are all said there, so that a new
data set is one more YAML and no code.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from core.errors import unknown_name
from datasets.description.labels import LabelColumn, LabelFile, Labels, Split, SplitColumn, SplitFiles
from datasets.description.nodes import CountedNodes, EdgeNodes, Nodes, TableNodes, Token
from datasets.description.relations import EdgeList, Relation
from datasets.description.section import Section, Sha256


class Walks(Section):
    """How MetaPath2Vec walks and learns (Dong et al., KDD 2017).

    Lengths count nodes of any type, so that a context of 17 on paper-author-paper sees 8 papers ahead. A walk
    of `walk_length` hops gives all its windows of `context_size` nodes; the first node of each predicts the
    others.
    """

    dimension: PositiveInt = 64
    walk_length: PositiveInt = 48
    context_size: Annotated[int, Field(ge=2)] = 17
    walks_per_node: PositiveInt = 1
    negatives: PositiveInt = 1
    epochs: PositiveInt = 12
    batch: PositiveInt = 256
    lr: Annotated[float, Field(gt=0)] = 0.01
    seed: int = 0


class _Graph(Section):
    """What is said of any graph.

    `meta_paths` may be left out where `suggest` is given: then all that the schema has, of at most that many
    steps, are taken.
    """

    title: str = ""
    kind: Literal["graph"]
    citation: str = ""
    target: str
    meta_paths: dict[str, tuple[Token, ...]] = Field(default_factory=dict)
    suggest: Annotated[int, Field(ge=1, le=8)] | None = None
    contexts: dict[str, tuple[PositiveInt, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _meta_paths_known(self) -> "_Graph":
        if not self.meta_paths and self.suggest is None:
            raise ValueError("give meta_paths, or 'suggest: 4' to take all of at most 4 steps")
        strange = sorted(set(self.contexts) - set(self.meta_paths))
        if strange:
            raise ValueError(f"contexts of no meta-path: {', '.join(strange)}")
        return self


class GeneratedGraph(_Graph):
    """A graph made in memory from a seed by one of `datasets.generators`."""

    generator: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class FileGraph(_Graph):
    """A graph read from files.

    Those that a public `home` offers are downloaded, and must have their SHA-256 under `files`. Without a home
    the files lie beside the description, and a checksum is checked where one is given.
    """

    home: str | None = None
    files: dict[str, Sha256] = Field(default_factory=dict)
    nodes: dict[str, Nodes]
    relations: dict[str, Relation]
    labels: Labels | None = None
    splits: dict[str, Split] = Field(default_factory=dict)
    walks: Walks = Walks()

    @field_validator("splits", mode="before")
    @classmethod
    def _names_are_text(cls, splits: object) -> object:
        # YAML reads a bare 20 as a number; a split's name is text.
        return {str(name): files for name, files in splits.items()} if isinstance(splits, dict) else splits

    @model_validator(mode="after")
    def _names_agree(self) -> "FileGraph":
        if self.target not in self.nodes:
            raise ValueError(f"target: {unknown_name('node type', self.target, self.nodes)}")
        for name, relation in self.relations.items():
            for end in (relation.source, relation.target):
                if end not in self.nodes:
                    raise ValueError(f"relations.{name}: {unknown_name('node type', end, self.nodes)}")
            if name in self.nodes:
                raise ValueError(f"relations.{name} bears the name of a node type; rename one of them")
        for file in self.used_files():
            if self.home is not None and file not in self.files:
                raise ValueError(f"{file} has no checksum under files")
        return self

    @model_validator(mode="after")
    def _forms_agree(self) -> "FileGraph":
        named = set()
        for name, relation in self.relations.items():
            ends = (relation.source, relation.target)
            nameless = [end for end in ends if not isinstance(self.nodes[end], CountedNodes)]
            if nameless and isinstance(relation, EdgeList):
                raise ValueError(
                    f"relations.{name}.file holds numbers, so nodes.{nameless[0]} needs a count; for ids give "
                    "'table', 'source_column' and 'target_column'"
                )
            named |= set(ends)
        for name, node in self.nodes.items():
            if isinstance(node, EdgeNodes) and name not in named:
                raise ValueError(f"nodes.{name} takes its ids from edges, but is in no relation")
        for key, part in {
            "labels": self.labels,
            **{f"splits.{name}": one for name, one in self.splits.items()},
        }.items():
            own = isinstance(part, LabelColumn | SplitColumn) and part.table is None
            if own and not isinstance(self.nodes[self.target], TableNodes):
                raise ValueError(f"{key}.column: {self.target} has no table; name a 'table' and the column of its 'id'")
        return self

    def used_files(self) -> list[str]:
        """Every file the description reads, in a stable order."""
        names = [
            relation.file if isinstance(relation, EdgeList) else relation.table for relation in self.relations.values()
        ]
        for node in self.nodes.values():
            if isinstance(node, TableNodes):
                names.append(node.table)
            elif isinstance(node, CountedNodes) and node.features and node.features.file:
                names.append(node.features.file)
        for part in (self.labels, *self.splits.values()):
            if isinstance(part, LabelFile):
                names.append(part.file)
            elif isinstance(part, SplitFiles):
                names += [part.train, part.valid, part.test]
            elif isinstance(part, LabelColumn | SplitColumn) and part.table is not None:
                names.append(part.table)
        return sorted(set(names))

    def reads_tables(self) -> bool:
        """Say whether ids come from tables, rather than being numbers from 0."""
        nodes, relations = self.nodes.values(), self.relations.values()
        return not all(isinstance(one, CountedNodes | EdgeList) for one in (*nodes, *relations))
