"""The endpoints."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from core.recommending import Recommender
from core.serving.asgi import App
from core.serving.batching import Batcher, Batching
from core.serving.guard import Guard
from core.serving.limits import MAX_REQUESTS
from core.serving.metrics import CONTENT_TYPE, Metrics
from core.serving.neighborhood import Nearby, Neighborhood, Neighbors
from core.serving.problems import answer_mistakes_alike, described
from core.serving.recommendations import Wish, recommend_together
from core.serving.schemas import (
    Answer,
    Health,
    Neighbor,
    NeighborsRequest,
    NeighborsResponse,
    RecommendRequest,
    RecommendResponse,
)


@dataclass(frozen=True)
class Service:
    """What is served: a run's name and what it can answer. An endpoint is there if there is something behind it."""

    model: str
    dataset: str
    recommender: Recommender | None = None
    neighborhood: Neighborhood | None = None
    batching: Batching = field(default_factory=Batching)
    max_requests: int = MAX_REQUESTS


def create_app(service: Service) -> App:
    """Return the application; needs FastAPI."""
    from fastapi import FastAPI, Response  # noqa: PLC0415 - the extra `serve`
    from fastapi.responses import RedirectResponse  # noqa: PLC0415

    metrics = Metrics()
    batchers: list[Batcher[Any, Any]] = []

    @asynccontextmanager
    async def answering(_: FastAPI) -> AsyncIterator[None]:
        for batcher in batchers:
            batcher.start()
        yield
        for batcher in batchers:
            await batcher.stop()

    app = FastAPI(
        title=f"{service.model} on {service.dataset}",
        description="Answers of a trained run. Limits stand in the schemas; ids are those of the data set.",
        lifespan=answering,
        responses=described(408, 413),
    )
    answer_mistakes_alike(app)

    def batcher(path: str, answer: Callable[[Any], Any]) -> Batcher[Any, Any]:
        one: Batcher[Any, Any] = Batcher(answer, service.batching, partial(metrics.observe_batch, path))
        batchers.append(one)
        return one

    if service.recommender is not None:
        _add_recommend(app, batcher("/recommend", partial(recommend_together, service.recommender)))
    if service.neighborhood is not None:
        _add_neighbors(app, batcher("/neighbors", service.neighborhood.find_together))

    @app.get("/health", summary="Whether the server answers", responses={503: {"model": Health}})
    async def health(response: Response) -> Health:
        is_well = all(batcher.is_running for batcher in batchers)
        if not is_well:
            response.status_code = 503
        return Health(status="ok" if is_well else "not answering", model=service.model, dataset=service.dataset)

    @app.get(
        "/metrics",
        summary="Counts and latencies, for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def read_metrics() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/docs")

    endpoints = ("/recommend", "/neighbors", "/health", "/metrics")
    return Guard(app, metrics, endpoints, max_requests=service.max_requests)


def _add_recommend(app: Any, batcher: Batcher[Wish, Answer]) -> None:
    @app.post(
        "/recommend",
        summary="The best items for users, or for new ones by what they have had",
        responses=described(400, 404, 422, 429, 500),
    )
    async def recommend(request: RecommendRequest) -> RecommendResponse:
        wishes = [Wish(query, request.top, request.filter_seen) for query in request.queries()]
        return RecommendResponse(answers=await batcher.ask(wishes))


def _add_neighbors(app: Any, batcher: Batcher[Nearby, Neighbors]) -> None:
    from fastapi import Query  # noqa: PLC0415

    @app.get("/neighbors", summary="The nodes or items closest to one", responses=described(404, 422, 429, 500))
    async def neighbors(request: Annotated[NeighborsRequest, Query()]) -> NeighborsResponse:
        (found,) = await batcher.ask([Nearby(request.id, request.top)])
        near = [Neighbor(id=name, cosine=cosine) for name, cosine in found]
        return NeighborsResponse(id=request.id, neighbors=near)
