"""Who is answered together with whom, and that one question's failure is no other's."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from core.serving.batching import Batcher, Batching

FOREVER = 1000.0


class Model:
    """Doubles numbers and keeps the batches that it was given; fails at negative ones, and altogether at 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.sizes: list[int] = []
        self.goes_on = threading.Event()
        self.goes_on.set()

    def answer(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        assert self.goes_on.wait(10)
        if 13 in numbers:
            raise RuntimeError("out of luck")
        return [2 * number if number >= 0 else ValueError(f"{number} is negative") for number in numbers]

    def observe(self, size: int, seconds: float) -> None:
        assert seconds >= 0
        self.sizes.append(size)


def with_batcher(
    batching: Batching, use: Callable[[Batcher[int, int], Model], Coroutine[Any, Any, None]], model: Model | None = None
) -> list[list[int]]:
    """Run `use` beside a batcher and return the batches that were computed."""
    model = model or Model()

    async def run() -> None:
        batcher = Batcher[int, int](model.answer, batching, model.observe)
        batcher.start()
        assert batcher.is_running
        async with asyncio.timeout(10):
            await use(batcher, model)
        await batcher.stop()
        assert not batcher.is_running

    asyncio.run(run())
    assert model.sizes == [len(batch) for batch in model.batches]
    return model.batches


async def begin(batcher: Batcher[int, int], model: Model, *numbers: int) -> "list[asyncio.Task[list[int]]]":
    """Keep the model busy with the first number, and ask the others in the meantime."""
    model.goes_on.clear()
    tasks = []
    for number in numbers:
        tasks.append(asyncio.create_task(batcher.ask([number])))
        while not model.batches:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    return tasks


def test_those_that_come_while_the_model_computes_are_answered_by_one_call() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        tasks = await begin(batcher, model, 1, 2, 3, 4)
        model.goes_on.set()
        assert await asyncio.gather(*tasks) == [[2], [4], [6], [8]]

    assert with_batcher(Batching(max_wait=0), use) == [[1], [2, 3, 4]]


def test_no_batch_is_larger_than_said_and_none_comes_before_its_turn() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        tasks = await begin(batcher, model, 0)
        many = asyncio.create_task(batcher.ask([1, 2, 3]))
        last = asyncio.create_task(batcher.ask([4]))
        await asyncio.sleep(0.01)
        model.goes_on.set()
        assert await asyncio.gather(*tasks, many, last) == [[0], [2, 4, 6], [8]]

    assert with_batcher(Batching(max_batch=2, max_wait=0), use) == [[0], [1, 2], [3, 4]]


def test_who_comes_alone_waits_for_nobody() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        for number in range(5):
            assert await batcher.ask([number]) == [2 * number]

    assert with_batcher(Batching(max_wait=FOREVER), use) == [[0], [1], [2], [3], [4]]


def test_a_batch_waits_for_as_many_as_the_last_one_had() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        await batcher.ask([1, 2, 3])
        tasks = [asyncio.create_task(batcher.ask([number])) for number in (4, 5)]
        await asyncio.sleep(0.05)
        assert len(model.batches) == 1
        tasks.append(asyncio.create_task(batcher.ask([6])))
        assert await asyncio.gather(*tasks) == [[8], [10], [12]]

    assert with_batcher(Batching(max_wait=FOREVER), use) == [[1, 2, 3], [4, 5, 6]]


def test_but_not_for_long() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        await batcher.ask([1, 2, 3])
        assert await batcher.ask([4]) == [8]

    assert with_batcher(Batching(max_wait=0.01), use) == [[1, 2, 3], [4]]


def test_a_failure_is_the_askers_alone() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        tasks = await begin(batcher, model, 1, -2, 3)
        model.goes_on.set()
        good, bad, also_good = await asyncio.gather(*tasks, return_exceptions=True)
        assert (good, also_good) == ([2], [6])
        assert isinstance(bad, ValueError)

    assert with_batcher(Batching(max_wait=0), use) == [[1], [-2, 3]]


def test_after_a_batch_that_fails_the_next_one_is_answered() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        with pytest.raises(RuntimeError, match="out of luck"):
            await batcher.ask([13])
        assert batcher.is_running
        assert await batcher.ask([14]) == [28]

    assert with_batcher(Batching(max_wait=0), use) == [[13], [14]]


def test_who_has_gone_away_is_not_computed() -> None:
    async def use(batcher: Batcher[int, int], model: Model) -> None:
        first, gone, last = await begin(batcher, model, 1, 2, 3)
        gone.cancel()
        await asyncio.sleep(0.01)
        model.goes_on.set()
        assert await asyncio.gather(first, last) == [[2], [6]]

    assert with_batcher(Batching(max_wait=0), use) == [[1], [3]]


def test_who_waits_when_it_stops_is_let_go() -> None:
    async def run() -> None:
        model = Model()
        batcher = Batcher[int, int](model.answer, Batching(), model.observe)
        waiting = asyncio.create_task(batcher.ask([1]))
        await asyncio.sleep(0)
        await batcher.stop()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert model.batches == []

    asyncio.run(run())
