"""`serve`: a run answers by HTTP."""

from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console

from core.command_line.neighbors import open_index
from core.command_line.plan import Plan
from core.command_line.revisit import open_single_run, rebuild
from core.command_line.tables import say
from core.domain import Domain
from core.extras import import_extra
from core.neighbors import ExactSearch
from core.neighbors.hnsw import HnswSettings
from core.recommending import Recommender
from core.run_folder import RunFolder
from core.serving.app import Service, create_app
from core.serving.batching import Batching
from core.serving.neighborhood import Neighborhood
from core.serving.server import Address, run_server

GRAPH = "graph"


def serve(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    device: str,
    address: Address,
    batching: Batching,
    max_requests: int,
    *,
    approximate: bool,
) -> None:
    """Serve a run until the process is told to stop; `approximate` finds neighbours through an index.

    Of a run on a graph only the embeddings are read; its data are not needed.
    """
    for package in ("fastapi", "uvicorn"):
        import_extra(package, "serve")
    folder, plan = open_single_run(path, domains)
    say(console, f"{plan.title}: loading", style="dim")
    service = Service(
        plan.settings.model,
        plan.dataset_name,
        _recommender(folder, plan, domains, root, device),
        _neighborhood(console, folder, approximate=approximate),
        batching,
        max_requests,
    )
    if service.recommender is None and service.neighborhood is None:
        folder.read_embeddings()  # says what is missing
    app = create_app(service)
    run_server(app, address, lambda found: _announce(console, service, found))
    say(console, "stopped", style="dim")


def _recommender(
    folder: RunFolder, plan: Plan, domains: Sequence[Domain], root: Path | None, device: str
) -> Recommender | None:
    kind = next(domain.data_kind for domain in domains if plan.entry.name in domain.models)
    task = rebuild(folder, plan, root, device) if kind != GRAPH else None
    return task if isinstance(task, Recommender) else None


def _neighborhood(console: Console, folder: RunFolder, *, approximate: bool) -> Neighborhood | None:
    if not folder.embeddings.is_file():
        return None
    if approximate:
        stored = open_index(console, folder, HnswSettings())
        return Neighborhood(stored.ids, stored.index)
    ids, vectors = folder.read_embeddings()
    return Neighborhood(ids, ExactSearch(torch.from_numpy(vectors)))


def _announce(console: Console, service: Service, address: Address) -> None:
    say(console, f"{service.model} on {service.dataset} at {address.url}, described at {address.url}/docs")
    if service.recommender is not None:
        body = '{"users": ["ID"], "top": 5}'
        say(console, f"  curl {address.url}/recommend -H 'content-type: application/json' -d '{body}'")
    if service.neighborhood is not None:
        say(console, f"  curl '{address.url}/neighbors?id=ID&top=5'")
    if not address.is_local:
        say(console, "other machines can reach it, and nobody is asked for a password", style="yellow")
    say(console, "stop with Ctrl-C", style="dim")
