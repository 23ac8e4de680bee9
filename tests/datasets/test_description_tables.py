"""The forms of a description that read tables, and what stays as it was for those that do not."""

from datasets.description import (
    CountedNodes,
    DrawnSplit,
    EdgeList,
    EdgeNodes,
    EdgeTable,
    FileGraph,
    LabelColumn,
    SplitColumn,
    SplitFiles,
    TableNodes,
    check_description,
)

TABLES = {
    "kind": "graph",
    "target": "paper",
    "nodes": {
        "paper": {"table": "papers.csv", "id": 1, "header": False, "columns": {2: "numeric", 3: {"kind": "text"}}},
        "author": {"ids": "edges"},
        "year": {"count": 30, "features": {"file": "years.npy"}},
    },
    "relations": {
        "writes": {
            "source": "author",
            "target": "paper",
            "table": "writes.parquet",
            "source_column": "a",
            "target_column": "p",
            "where": {"year": 2019},
        },
        "next": {"source": "year", "target": "year", "file": "next.txt"},
    },
    "suggest": 2,
    "labels": {"column": "class", "table": "labels.tsv", "id": "paper"},
    "splits": {
        20: {"per_class": 20},
        "given": {"column": "part", "table": "labels.tsv", "id": "paper"},
        "old": {"train": "a.npy", "valid": "b.npy", "test": "c.npy"},
    },
}


def test_every_section_takes_the_form_that_its_keys_tell() -> None:
    found = check_description(TABLES, "graph.yaml")
    assert isinstance(found, FileGraph)
    assert [type(node) for node in found.nodes.values()] == [TableNodes, EdgeNodes, CountedNodes]
    assert [type(edges) for edges in found.relations.values()] == [EdgeTable, EdgeList]
    assert isinstance(found.labels, LabelColumn)
    assert [type(split) for split in found.splits.values()] == [DrawnSplit, SplitColumn, SplitFiles]
    assert found.reads_tables()
    files = {"papers.csv", "years.npy", "writes.parquet", "next.txt", "labels.tsv", "a.npy", "b.npy", "c.npy"}
    assert found.used_files() == sorted(files)


def test_numbers_as_names_of_columns_are_text() -> None:
    found = check_description(TABLES, "graph.yaml")
    assert isinstance(found, FileGraph)
    papers, writes = found.nodes["paper"], found.relations["writes"]
    assert isinstance(papers, TableNodes)
    assert isinstance(writes, EdgeTable)
    assert papers.id == "1"
    assert {name: column.kind for name, column in papers.columns.items()} == {"2": "numeric", "3": "text"}
    assert writes.where == {"year": "2019"}


def test_what_a_description_says_survives_being_written_down() -> None:
    found = check_description(TABLES, "graph.yaml")
    assert check_description(found.model_dump(exclude_unset=True), "again") == found


def test_numbered_graphs_are_hashed_as_before() -> None:
    """Checksums of data sets are digests of these values: what they hold must not grow."""
    numbered = {
        "kind": "graph",
        "target": "p",
        "nodes": {"p": {"count": 3}, "a": {"count": 2, "features": {"file": "a.npz"}}},
        "relations": {"by": {"source": "p", "target": "a", "file": "pa.txt"}},
        "meta_paths": {"PAP": ["p", "a", "p"]},
    }
    found = check_description(numbered, "graph.yaml")
    assert isinstance(found, FileGraph)
    assert not found.reads_tables()
    assert found.model_dump(include={"nodes", "relations"}) == {
        "nodes": {
            "p": {"count": 3, "features": None},
            "a": {
                "count": 2,
                "features": {"file": "a.npz", "format": "sparse", "normalise": "row", "metapath2vec": None},
            },
        },
        "relations": {"by": {"source": "p", "target": "a", "file": "pa.txt"}},
    }
