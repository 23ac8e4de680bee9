"""What is described already: a data set of the catalogue, or a YAML."""

from pathlib import Path

from datasets.assembly.population import read_tables
from datasets.description import LINES, FileGraph, FileSequences
from datasets.graph import GraphDataset
from datasets.inference.writing import plain
from datasets.inspection.findings import FactTable, Inspection, plural
from datasets.inspection.graph_facts import graph_warnings, label_facts, node_facts, relation_facts
from datasets.inspection.log_facts import core_size, length_facts, log_warnings, size_facts
from datasets.inspection.path_facts import SizedPath, path_facts, sized_paths
from datasets.inspection.table_facts import column_facts, edge_table_warnings
from datasets.inspection.wishes import GraphWishes, LogWishes, refuse
from datasets.loading import Source, find_source, load
from datasets.sequences import SequenceDataset


def inspect_described(name: str, root: Path | None, graph_wishes: GraphWishes, log_wishes: LogWishes) -> Inspection:
    """Return what the data set `name` holds: of the catalogue, or the path of a YAML.

    Raises UserError for a wish that its description settles, and for all that loading it does.
    """
    source, dataset = find_source(name, root), load(name, root)
    steps = graph_wishes.most_steps
    refuse(log_wishes, name, "a graph" if isinstance(dataset, GraphDataset) else "described already")
    refuse(GraphWishes(graph_wishes.target, graph_wishes.label), name, "described already")
    if isinstance(dataset, GraphDataset):
        return _graph(dataset, source, steps)
    refuse(graph_wishes, name, "an interaction log")
    return _log(dataset, source)


def _graph(dataset: GraphDataset, source: Source, steps: int) -> Inspection:
    tables, warnings = [], []
    description, folder = source.description, source.folder
    if isinstance(description, FileGraph) and description.reads_tables() and isinstance(folder, Path):
        columns, odd = column_facts(description, folder)
        tables += columns
        warnings += [*odd, *edge_table_warnings(description, read_tables(description, folder))]
    paths = sized_paths(dataset, steps)
    own, offered = [one for one in paths if one.given], [one for one in paths if not one.given]
    tables += [node_facts(dataset), relation_facts(dataset), path_facts(own, "Meta-paths")]
    if offered:
        tables.append(path_facts(offered, f"Other meta-paths of at most {plural(steps, 'step')}"))
    tables += label_facts(dataset)
    warnings += [f"meta-path {one.path.name}: {one.verdict}" for one in own if one.verdict]
    notes = [f"to take one more, add to meta_paths: {_spelled(one)}" for one in offered if not one.verdict][:1]
    title = f"{dataset.name}: {source.description.title or 'a graph'}; target {dataset.target}"
    return Inspection(title, tables, [*warnings, *graph_warnings(dataset)], notes)


def _spelled(one: SizedPath) -> str:
    return f"{plain(one.path.name)}: [{', '.join(plain(token) for token in one.tokens)}]"


def _log(log: SequenceDataset, source: Source) -> Inspection:
    spec = source.description
    is_table = isinstance(spec, FileSequences) and spec.suffix not in LINES
    tables = [size_facts(log), length_facts(log)]
    if isinstance(spec, FileSequences) and is_table:
        rows = [(key, plain(value)) for key, value in spec.table.model_dump().items()]
        tables.insert(0, FactTable("Read as", ("key", "value"), rows))
    title = f"{log.name}: {source.description.title or 'an interaction log'}"
    return Inspection(title, tables, list(log_warnings(log, may_lack_times=not is_table)), [core_size(log)])
