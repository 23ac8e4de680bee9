"""The index for nearest vectors beside the exact search: how fast, how much of the exact answer, after what building.

    python benchmarks/neighbors.py --run runs/beauty-sasrec
    python benchmarks/neighbors.py --sizes 10000,100000,1000000

Each line searches the nearest others of vectors drawn at random, by cosine: of a run's embeddings, or of generated
ones, a hundred around each of Gaussian centres, half as spread as these. The first three times and ratios are of a
query among 16 that are asked together, the last three of one that is asked alone, as by a server; a ratio above 1
means that the index is faster. Recall counts what is as near as the last of the exact answer.
"""

import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
import typer
from torch import Tensor

from benchmarks.command import JsonFile, Threads, command_line
from core.atomic import write_json
from core.neighbors import ExactSearch, Search, nearest_others
from core.neighbors.hnsw import HnswIndex, HnswSettings
from core.neighbors.recall import measure_recall
from core.report.plain_tables import text_table
from core.run_folder import RunFolder

COLUMNS = [
    "vectors",
    "width",
    "build s",
    "recall",
    "exact ms",
    "index ms",
    "ratio",
    "alone: exact",
    "index ms",
    "ratio",
]
ALONE = 200
"""Queries that are asked one by one."""


def main(
    run: Annotated[list[Path] | None, typer.Option(help="Folder of a run with embeddings; repeatable.")] = None,
    sizes: Annotated[str, typer.Option(help="Numbers of generated vectors, if no run is given.")] = "10000,100000",
    width: Annotated[int, typer.Option(min=1, help="Of generated vectors.")] = 64,
    top: Annotated[int, typer.Option(min=1, help="Neighbours.")] = 10,
    queries: Annotated[int, typer.Option(min=1, help="Vectors whose neighbours are searched.")] = 1000,
    links: Annotated[int, typer.Option(min=2, help="As in run.py neighbors.")] = 16,
    build_width: Annotated[int, typer.Option(min=1)] = 200,
    search_width: Annotated[int, typer.Option(min=1)] = 64,
    threads: Threads = None,
    json_file: JsonFile = None,
) -> None:
    if threads is not None:
        torch.set_num_threads(threads)
    settings = HnswSettings(links=links, build_width=build_width, search_width=search_width)
    given = {str(path): torch.from_numpy(RunFolder.open(path).read_embeddings()[1]) for path in run or ()}
    found = []
    for name in list(given) or [size.strip() for size in sizes.split(",")]:
        print(f"{name} ...", file=sys.stderr)
        vectors = given[name] if given else generated(int(name), width)
        found.append(measure(name if given else "generated", vectors, settings, top, queries))
    print(
        f"recall@{top} of {queries} queries; links {links}, build width {build_width}, search width {search_width}; "
        f"{torch.get_num_threads()} threads\n"
    )
    print(text_table(["", *COLUMNS], [one.cells() for one in found]))
    if json_file:
        write_json(
            json_file, {"measurements": [asdict(one) for one in found], "settings": settings.model_dump(), "top": top}
        )


@dataclass(frozen=True)
class Measured:
    """What was found on some vectors; seconds are of a query, `alone` of one that is asked alone."""

    name: str
    vectors: int
    width: int
    build_s: float
    recall: float
    exact_s: float
    index_s: float
    exact_alone_s: float
    index_alone_s: float

    def cells(self) -> list[str]:
        """Return a row of the table."""
        head = [self.name, str(self.vectors), str(self.width), f"{self.build_s:.1f}", f"{self.recall:.4f}"]
        return [*head, *_ratio(self.exact_s, self.index_s), *_ratio(self.exact_alone_s, self.index_alone_s)]


def measure(name: str, vectors: Tensor, settings: HnswSettings, top: int, queries: int) -> Measured:
    """Build an index of the vectors and time both searches."""
    started = time.perf_counter()
    index = HnswIndex.build(vectors, settings)
    built = time.perf_counter() - started
    exact = ExactSearch(vectors)
    together = measure_recall(index, exact, top, queries)
    rows = torch.randperm(len(vectors), generator=torch.Generator().manual_seed(1))[:ALONE]
    return Measured(
        name=name,
        vectors=len(vectors),
        width=vectors.shape[1],
        build_s=built,
        recall=together.value,
        exact_s=together.exact_seconds,
        index_s=together.seconds,
        exact_alone_s=one_by_one(exact, rows, top),
        index_alone_s=one_by_one(index, rows, top),
    )


def one_by_one(search: Search, rows: Tensor, top: int) -> float:
    """Return the median of the seconds that single queries take."""
    seconds = []
    for row in rows.split(1):
        started = time.perf_counter()
        nearest_others(search, row, top)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def generated(count: int, width: int) -> Tensor:
    """Return clustered vectors, count x width."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(max(1, count // 100), width, generator=generator)
    members = torch.randint(len(centres), (count,), generator=generator)
    return centres[members] + 0.5 * torch.randn(count, width, generator=generator)


def _ratio(exact: float, index: float) -> list[str]:
    return [f"{1e3 * exact:.3f}", f"{1e3 * index:.3f}", f"{exact / index:.1f}x"]


if __name__ == "__main__":
    command_line(main)
