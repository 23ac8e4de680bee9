"""What the names of files and columns say: which type a table is of, which type an id is of."""

import re

_ID_WORDS = {"id", "ids", "key", "uuid", "uid", "identifier"}
_NODE_WORDS = {"node", "nodes", "vertex", "vertices", "entity", "entities", "table", "data", "info", "features"}
_EDGE_WORDS = {"edge", "edges", "link", "links", "rel", "rels", "relation", "relations"}
_IRREGULAR = {"movies": "movie", "cookies": "cookie", "series": "series", "people": "person", "news": "news"}
_LABELS = {"label", "labels", "class", "classes", "y", "target"}
_SPLITS = {"split", "part", "fold", "set", "subset"}
_KINDS = {"relation", "rel", "type", "kind", "event", "action"}


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case.

    >>> words_of("productID"), words_of("paper-author_edges")
    (['product', 'id'], ['paper', 'author', 'edges'])
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word for word in re.split(r"[^\w]+|_", spaced.lower()) if word]


def singular(word: str) -> str:
    """Return a noun's singular, by rule of thumb.

    >>> [singular(word) for word in ("papers", "categories", "boxes", "movies", "class", "status")]
    ['paper', 'category', 'box', 'movie', 'class', 'status']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "ches", "shes")) and not word.endswith(("ases", "oses", "uses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def type_of_file(stem: str) -> str:
    """Return the node type that a file's name speaks of.

    >>> type_of_file("customers"), type_of_file("nodes_author"), type_of_file("Research Papers")
    ('customer', 'author', 'research_paper')
    """
    words = [word for word in words_of(stem) if word not in _NODE_WORDS] or words_of(stem) or [stem]
    return "_".join([*words[:-1], singular(words[-1])])


def relation_of_file(stem: str) -> str:
    """Return the name of the relation that a file of edges holds."""
    words = [word for word in words_of(stem) if word not in _EDGE_WORDS] or words_of(stem) or [stem]
    return "-".join(words)


def is_id(column: str) -> bool:
    """Say whether a column's name calls it an id: customer_id, customerId, id."""
    words = words_of(column)
    return bool(words) and (words[-1] in _ID_WORDS or words[0] in _ID_WORDS)


def type_of_id(column: str) -> str:
    """Return the type that a column of ids speaks of, "" where it is called id and nothing else.

    >>> type_of_id("customer_id"), type_of_id("author"), type_of_id("ID"), type_of_id("id_shop")
    ('customer', 'author', '', 'shop')
    """
    words = [word for word in words_of(column) if word not in _ID_WORDS]
    return "_".join([*words[:-1], singular(words[-1])]) if words else ""


def speaks_of(column: str, node_type: str) -> bool:
    """Say whether a column is named after a type, perhaps with a role before it: home_city_id of city."""
    named = type_of_id(column)
    return named == node_type or named.endswith(f"_{node_type}")


def is_label(column: str) -> bool:
    """Say whether a column's name calls it a class label."""
    return bool(set(words_of(column)[-1:]) & _LABELS)


def is_split(column: str) -> bool:
    """Say whether a column's name calls it a split into train, valid and test."""
    return bool(set(words_of(column)[-1:]) & _SPLITS)


def is_kind(column: str) -> bool:
    """Say whether a column's name calls it the kind of an edge."""
    return bool(set(words_of(column)) & _KINDS) and not is_id(column)
