"""A bounded channel: it decouples tasks and keeps the outcome. With several takers they compete."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from penstock_api import Deadline, RetryableError, Tasks, within
from penstock_engine.payload import Consumer, Payload

__all__ = ("Channel",)

P = TypeVar("P", bound=Payload)


@dataclass(slots=True, eq=False)
class _Held(Generic[P]):
    """A payload that waits, and its sender's future."""

    payload: P
    outcome: "asyncio.Future[None]"

    def settle(self, error: Exception | None) -> None:
        """Tell the sender, unless it has gone."""
        if self.outcome.done():
            return
        if error is None:
            self.outcome.set_result(None)
        else:
            self.outcome.set_exception(error)


class Channel(Generic[P]):
    """Holds up to `capacity` payloads for its takers, each of which is handed one at a time, in order.

    Every payload goes to one taker: whichever is free. A sender waits for room when the channel is full,
    and then for the outcome, which is its own to handle. After `shutdown` began new payloads are refused;
    those held are delivered first, by the deadline.
    """

    def __init__(self, name: str, takers: Sequence[Consumer[P]], tasks: Tasks, *, capacity: int) -> None:
        self._name = name
        self._takers = tuple(takers)
        self._tasks = tasks
        self._room = asyncio.Semaphore(capacity)
        self._held: deque[_Held[P]] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._closed = False
        self._workers: tuple[asyncio.Task[None], ...] = ()

    @property
    def depth(self) -> int:
        """Payloads that wait."""
        return len(self._held)

    async def start(self) -> None:
        """Begin to hand on."""
        self._workers = tuple(
            self._tasks.spawn(self._run(taker), name=f"channel {self._name}") for taker in self._takers
        )

    async def consume(self, payload: P, /) -> None:
        """Wait for room and for the outcome. Raises what the taker raises, or `RetryableError` once closed.

        A sender that is cancelled takes its payload back, if no taker has it yet.
        """
        async with self._room:
            if self._closed:
                raise RetryableError(f"channel is closed: {self._name}")
            held = _Held(payload, asyncio.get_running_loop().create_future())
            self._held.append(held)
            self._wake()
            try:
                await held.outcome
            except asyncio.CancelledError:
                with contextlib.suppress(ValueError):
                    self._held.remove(held)
                raise

    async def shutdown(self, deadline: Deadline) -> None:
        """Refuse what comes, deliver what is held; what is left at the deadline is refused to its sender."""
        self._closed = True
        while self._idle:
            self._wake()
        if self._workers:
            if deadline.remaining() > 0:
                with contextlib.suppress(TimeoutError):
                    async with within(deadline.clock, deadline.remaining()):
                        await asyncio.wait(self._workers)
            for worker in self._workers:
                worker.cancel()
            await asyncio.wait(self._workers)
        while self._held:
            self._held.popleft().settle(RetryableError(f"channel closed before delivery: {self._name}"))

    async def _run(self, taker: Consumer[P]) -> None:
        while True:
            while self._held:
                await self._deliver(self._held.popleft(), taker)
            if self._closed:
                return
            idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle

    def _wake(self) -> None:
        """Let the taker that has been idle longest look for a payload."""
        if self._idle:
            idle = self._idle.popleft()
            if not idle.done():
                idle.set_result(None)

    async def _deliver(self, held: _Held[P], taker: Consumer[P]) -> None:
        try:
            await taker.consume(held.payload)
        except asyncio.CancelledError:
            held.settle(RetryableError(f"channel closed before the outcome was known: {self._name}"))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to the sender
            held.settle(error)
        else:
            held.settle(None)
