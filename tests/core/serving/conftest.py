from collections.abc import Iterator

import numpy as np
import pytest
import torch

from core.neighbors import ExactSearch
from core.serving.app import Service, create_app
from core.serving.batching import Batching
from core.serving.neighborhood import Neighborhood
from tests.core.serving.running import serving
from tests.core.serving.shop import ITEMS, Shop


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


@pytest.fixture(scope="module")
def url(shop: Shop) -> Iterator[str]:
    """The address of a server over the shop, whose items lie on a circle."""
    for package in ("fastapi", "uvicorn", "httpx"):
        pytest.importorskip(package, reason="needs a server: pip install '.[serve,dev]'")
    angles = torch.arange(len(ITEMS)) / len(ITEMS)
    vectors = torch.stack([angles.cos(), angles.sin()], dim=1)
    neighborhood = Neighborhood(np.array(ITEMS), ExactSearch(vectors))
    service = Service("circle", "shop", shop, neighborhood, Batching(max_wait=0), max_requests=16)
    with serving(create_app(service)) as found:
        yield found
