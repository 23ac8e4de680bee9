"""The form of a graph's description.

Node types, features, relations, labels, splits and meta-paths are all said there, so that a new
data set is one more YAML and no code.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from datasets.description.section import Section, Sha256

Token = Annotated[str, Field(min_length=1)]


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


class Features(Section):
    """A node type's feature rows: from a file, or embeddings learnt along meta-paths, side by side."""

    file: str | None = None
    format: Literal["sparse", "dense"] = "sparse"
    normalise: Literal["row", "none"] = "row"
    metapath2vec: dict[str, tuple[Token, ...]] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Features":
        if (self.file is None) == (self.metapath2vec is None):
            raise ValueError("give either 'file' or 'metapath2vec'")
        return self


class NodeType(Section):
    """A node type: how many nodes, and their features, if any."""

    count: PositiveInt
    features: Features | None = None


class Relation(Section):
    """An edge list: one `source target` pair of ids a line."""

    source: str
    target: str
    file: str


class Labels(Section):
    """Class of every target node; `first` is the file's number for the first class."""

    file: str
    classes: Annotated[int, Field(ge=2)]
    first: int = 0


class SplitFiles(Section):
    """Index files of one split."""

    train: str
    valid: str
    test: str


class _Graph(Section):
    title: str = ""
    kind: Literal["graph"]
    citation: str = ""
    target: str
    meta_paths: Annotated[dict[str, tuple[Token, ...]], Field(min_length=1)]
    contexts: dict[str, tuple[PositiveInt, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _contexts_known(self) -> "_Graph":
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
    nodes: dict[str, NodeType]
    relations: dict[str, Relation]
    labels: Labels | None = None
    splits: dict[str, SplitFiles] = Field(default_factory=dict)
    walks: Walks = Walks()

    @field_validator("splits", mode="before")
    @classmethod
    def _names_are_text(cls, splits: object) -> object:
        # YAML reads a bare 20 as a number; a split's name is text.
        return {str(name): files for name, files in splits.items()} if isinstance(splits, dict) else splits

    @model_validator(mode="after")
    def _names_agree(self) -> "FileGraph":
        if self.target not in self.nodes:
            raise ValueError(f"target {self.target!r} is none of nodes: {', '.join(self.nodes)}")
        for name, relation in self.relations.items():
            for end in (relation.source, relation.target):
                if end not in self.nodes:
                    raise ValueError(f"relations.{name} joins {end!r}, none of {', '.join(self.nodes)}")
            if name in self.nodes:
                raise ValueError(f"relations.{name} bears the name of a node type; rename one of them")
        for file in self.used_files():
            if self.home is not None and file not in self.files:
                raise ValueError(f"{file} has no checksum under files")
        return self

    def used_files(self) -> list[str]:
        """Every file the description reads, in a stable order."""
        names = [node.features.file for node in self.nodes.values() if node.features and node.features.file]
        names += [relation.file for relation in self.relations.values()]
        names += [self.labels.file] if self.labels else []
        names += [file for split in self.splits.values() for file in (split.train, split.valid, split.test)]
        return sorted(set(names))
