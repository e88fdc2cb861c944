"""A bounded channel that can sit on an edge: it decouples tasks and keeps the outcome."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

from penstock_api import Deadline, RetryableError, Tasks
from penstock_engine.payload import Consumer, Payload

__all__ = ("Channel",)

P = TypeVar("P", bound=Payload)


class Channel(Generic[P]):
    """Holds up to `capacity` payloads for the task that hands them to `onward`, in order.

    A sender waits for room when it is full, and then for the outcome, which is its own to handle. After
    `shutdown` began new payloads are refused; those held are delivered first, by the deadline.
    """

    def __init__(self, name: str, onward: Consumer[P], tasks: Tasks, *, capacity: int) -> None:
        self._name = name
        self._onward = onward
        self._tasks = tasks
        self._room = asyncio.Semaphore(capacity)
        self._held: deque[tuple[P, asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        self._worker: asyncio.Task[None] | None = None

    @property
    def depth(self) -> int:
        """Payloads that wait."""
        return len(self._held)

    async def start(self) -> None:
        """Begin to hand on."""
        self._worker = self._tasks.spawn(self._run(), name=f"channel {self._name}")

    async def consume(self, payload: P, /) -> None:
        """Wait for room and for the outcome. Raises what `onward` raises, or `RetryableError` once closed."""
        async with self._room:
            if self._closed:
                raise RetryableError(f"channel is closed: {self._name}")
            outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append((payload, outcome))
            self._wake.set()
            await outcome

    async def shutdown(self, deadline: Deadline) -> None:
        """Refuse what comes, deliver what is held; what is left at the deadline is refused to its sender."""
        self._closed = True
        self._wake.set()
        if self._worker is not None:
            await asyncio.wait((self._worker,), timeout=deadline.remaining())
        while self._held:
            _, outcome = self._held.popleft()
            if not outcome.done():
                outcome.set_exception(RetryableError(f"channel closed before delivery: {self._name}"))

    async def _run(self) -> None:
        while True:
            while self._held:
                payload, outcome = self._held.popleft()
                await self._deliver(payload, outcome)
            if self._closed:
                return
            self._wake.clear()
            await self._wake.wait()

    async def _deliver(self, payload: P, outcome: "asyncio.Future[None]") -> None:
        try:
            await self._onward.consume(payload)
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to the sender
            if not outcome.done():
                outcome.set_exception(error)
        else:
            if not outcome.done():
                outcome.set_result(None)
