"""Answering requests together that arrive together: one call of the model for all who wait."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Batching:
    """How many questions are answered by one call, at most, and how many seconds the first of them waits for others.

    A batch waits only until it is as large as the last one was: where clients come one at a time, nobody waits. Those
    that arrive while a batch is computed make up the next one in any case.
    """

    max_batch: int = 64
    max_wait: float = 0.005


class Batcher(Generic[Question, Answer]):
    """Collects questions that are asked one by one and has them answered in batches, first come, first served.

    A thread of its own computes, so that requests are read and answers sent meanwhile; it is a single one, since
    models are not made to be called from several at once.

    Args:
        answer: answers a batch, in order, with an exception in the place of an answer that cannot be given.
        batching: sizes and waits.
        observe: told of every batch its size and the seconds it took, in the event loop's thread.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Question]], Sequence[Answer | Exception]],
        batching: Batching,
        observe: Callable[[int, float], None],
    ) -> None:
        self._answer = answer
        self._batching = batching
        self._observe = observe
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._arrived = asyncio.Event()
        self._enough = asyncio.Event()
        self._last_size = 1
        self._thread = ThreadPoolExecutor(1, "model")
        self._work: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether questions are being answered."""
        return self._work is not None and not self._work.done()

    def start(self) -> None:
        """Begin to answer; call it in a running event loop."""
        self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Wait for the batch that is being computed and answer no more: who still waits is cancelled."""
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._thread.shutdown()

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Return the answers to all questions; raises the exception that one of them is answered with."""
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in questions]
        self._waiting.extend(zip(questions, futures, strict=True))
        self._note_arrivals()
        return await asyncio.gather(*futures)

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            if not self._enough.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._enough.wait(), self._batching.max_wait)
            batch = self._take()
            if batch:
                await self._compute(batch)
                self._last_size = len(batch)
            self._note_arrivals()

    def _note_arrivals(self) -> None:
        for event, number in ((self._arrived, 1), (self._enough, self._last_size)):
            if len(self._waiting) >= number:
                event.set()
            else:
                event.clear()

    def _take(self) -> "list[tuple[Question, asyncio.Future[Answer]]]":
        """Take the next batch, less those who have gone away in the meantime."""
        batch: list[tuple[Question, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < self._batching.max_batch:
            question, future = self._waiting.popleft()
            if not future.done():
                batch.append((question, future))
        return batch

    async def _compute(self, batch: "list[tuple[Question, asyncio.Future[Answer]]]") -> None:
        started = time.perf_counter()
        questions = [question for question, _ in batch]
        answers: Sequence[Answer | Exception]
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, questions)
        except Exception as error:  # whatever it is, it is theirs who asked; the next batch may do better
            answers = [error] * len(batch)
        self._observe(len(batch), time.perf_counter() - started)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
