"""A bounded channel: it decouples tasks and keeps the outcome. With several takers they compete."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
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

    def fail(self, error: Exception) -> None:
        """Tell the sender, unless it has gone."""
        if not self.outcome.done():
            self.outcome.set_exception(error)


@dataclass(slots=True, eq=False)
class _Idle(Generic[P]):
    """A taker that has nothing to do, and the future that its worker waits for."""

    consume: Callable[[P], Awaitable[None]]
    called: "asyncio.Future[None]"


class Channel(Generic[P]):
    """Holds up to `capacity` payloads for its takers, each of which is handed one at a time, in order.

    Every payload goes to one taker: whichever is free. A sender waits for room when the channel is full,
    and then for the outcome, which is its own to handle. When nothing waits and a taker is free, the sender
    hands its payload over by itself; else a task of the channel does. After `shutdown` began new payloads
    are refused; those held are delivered first, by the deadline.
    """

    def __init__(self, name: str, takers: Sequence[Consumer[P]], tasks: Tasks, *, capacity: int) -> None:
        self._name = name
        self._takers = tuple(takers)
        self._tasks = tasks
        self.capacity = capacity
        self.hands_over = True
        """Whether senders may hand over by themselves, all in one call."""
        self._room = capacity
        self._held: deque[_Held[P]] = deque()
        self._outside: deque[_Held[P]] = deque()
        self._idle: deque[_Idle[P]] = deque()
        self._senders: dict[asyncio.Task[object], int] = {}
        """Those who hand over by themselves now, and how often each had been cancelled before."""
        self._is_cut = False
        self._last_left: asyncio.Future[None] | None = None
        self._closed = False
        self._workers: tuple[asyncio.Task[None], ...] = ()

    @property
    def depth(self) -> int:
        """Payloads that wait for a taker; senders that wait for room not counted."""
        return len(self._held)

    async def start(self) -> None:
        """Begin to hand on."""
        self._workers = tuple(
            self._tasks.spawn(self._run(taker), name=f"channel {self._name}") for taker in self._takers
        )

    async def consume(self, payload: P, /) -> None:
        """Wait for room and for the outcome. Raises what the taker raises, or `RetryableError` once closed.

        A sender that is cancelled takes its payload back if no taker has it yet, and takes the taker with it
        that it was handing over to.
        """
        if (
            (self._idle and self._room and self.hands_over)
            and not self._closed
            and (sender := asyncio.current_task()) is not None
        ):
            await self._hand_over(payload, sender)
            return
        outcome = self.submit(payload)
        try:
            await outcome
        except asyncio.CancelledError:
            self.retract()
            raise

    def submit(self, payload: P) -> "asyncio.Future[None]":
        """Offer `payload` and return at once; the future, which must be awaited, is the outcome.

        For who sends to several channels at a time. One that gives up cancels the future, and then
        calls `retract`.
        """
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        held = _Held(payload, outcome)
        if self._closed:
            held.fail(RetryableError(f"channel is closed: {self._name}"))
        elif self._room:
            self._room -= 1
            self._held.append(held)
            self._wake()
        else:
            self._outside.append(held)
        return outcome

    def retract(self) -> None:
        """Forget the payloads whose senders have given up."""
        for waiting in (self._held, self._outside):
            left = [held for held in waiting if not held.outcome.done()]
            if waiting is self._held:
                self._room += len(waiting) - len(left)
            waiting.clear()
            waiting.extend(left)
        while self._room and self._outside:
            self._room -= 1
            self._held.append(self._outside.popleft())
            self._wake()

    async def _hand_over(self, payload: P, sender: "asyncio.Task[object]") -> None:
        taker = self._idle.popleft()
        self._room -= 1
        self._senders[sender] = sender.cancelling()
        try:
            await taker.consume(payload)
        except asyncio.CancelledError:
            if self._is_cut and sender.cancelling() - 1 <= self._senders[sender]:
                raise RetryableError(self._unknown) from None
            raise
        finally:
            del self._senders[sender]
            if self._is_cut:
                sender.uncancel()
            self._idle.append(taker)
            self._leave()
            if self._held or self._closed:
                self._wake()
            if self._last_left is not None and not self._senders and not self._last_left.done():
                self._last_left.set_result(None)

    async def shutdown(self, deadline: Deadline) -> None:
        """Refuse what comes, deliver what is held; what is left at the deadline is refused to its sender."""
        self._closed = True
        while self._outside:
            self._outside.popleft().fail(RetryableError(f"channel is closed: {self._name}"))
        while self._idle:
            self._wake()
        if self._workers:
            if deadline.remaining() > 0:
                with contextlib.suppress(TimeoutError):
                    async with within(deadline.clock, deadline.remaining()):
                        await asyncio.wait(self._workers)
            for worker in self._workers:
                worker.cancel()
            await self._cut_senders()
            await asyncio.wait(self._workers)
        while self._held:
            self._held.popleft().fail(RetryableError(f"channel closed before delivery: {self._name}"))

    async def _cut_senders(self) -> None:
        """Have those who hand over by themselves go on, with an outcome that says that it is not known."""
        if self._senders and not self._is_cut:
            self._is_cut = True
            self._last_left = asyncio.get_running_loop().create_future()
            for sender in self._senders:
                sender.cancel()
        if self._last_left is not None:
            await self._last_left

    @property
    def _unknown(self) -> str:
        return f"channel closed before the outcome was known: {self._name}"

    async def _run(self, taker: Consumer[P]) -> None:
        held, consume = self._held, taker.consume
        while True:
            while held:
                one = held.popleft()
                try:
                    await consume(one.payload)
                except asyncio.CancelledError:
                    one.fail(RetryableError(self._unknown))
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is belongs to the sender
                    one.fail(error)
                else:
                    if not one.outcome.done():
                        one.outcome.set_result(None)
                self._leave()
                del one  # what it carried shall not live until the next one comes
            if self._closed:
                return
            called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(_Idle(consume, called))
            await called

    def _leave(self) -> None:
        """One payload has an outcome: another may come in."""
        if self._outside:
            self._held.append(self._outside.popleft())
        else:
            self._room += 1

    def _wake(self) -> None:
        """Let the taker that has been idle longest look for a payload."""
        if self._idle:
            called = self._idle.popleft().called
            if not called.done():
                called.set_result(None)
