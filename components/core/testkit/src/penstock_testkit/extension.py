"""Runs an extension under test: its lifecycle by messages, its handles by key."""

import asyncio
from typing import TypeVar

from penstock_api import (
    Active,
    Bundle,
    CapabilityKey,
    Clock,
    Config,
    ControlClosedError,
    Deadline,
    Passive,
    Reconfigure,
    Run,
    Stop,
    Tasks,
)
from penstock_api.extension import AnyCloned
from penstock_testkit.life import start, stop

__all__ = ("FakeControl", "RunningBundle", "handle_of")

T = TypeVar("T")


def handle_of(bundle: Bundle, key: CapabilityKey[T]) -> T:
    """A handle as a consumer of `key` would get it. Fails when the bundle does not offer it."""
    offers = (bundle.first, *bundle.more) if isinstance(bundle, (Active, Passive)) else ()
    for offer in offers:
        if offer.key is key:
            found: T = offer.handle if isinstance(offer, AnyCloned) else offer.make()
            return found
    raise AssertionError(f"the bundle does not offer {key}")


class FakeControl:
    """A `penstock_api.Control` by which a test speaks to a lifecycle."""

    def __init__(self, clock: Clock) -> None:
        self.is_ready = asyncio.Event()
        self.refused = ""
        """Why the last `Reconfigure` was refused."""
        self.accepted = 0
        """How many were accepted."""
        self._clock = clock
        self._messages: list[Stop | Reconfigure] = []
        self._news = asyncio.Event()
        self._closed = False

    def ready(self) -> None:
        """As the lifecycle calls it."""
        self.is_ready.set()

    async def wait(self, seconds: float | None = None) -> Stop | Reconfigure | None:
        """As the lifecycle calls it."""
        if self._closed:
            raise ControlClosedError
        if not self._messages and (seconds is None or seconds > 0):
            self._news.clear()
            timer = None if seconds is None else self._clock.call_later(seconds, self._news.set)
            try:
                await self._news.wait()
            finally:
                if timer is not None:
                    timer.cancel()
        message = self._messages.pop(0) if self._messages else None
        self._closed = isinstance(message, Stop)
        return message

    def stop(self, deadline: Deadline, reason: str = "the test is over") -> None:
        """Say the last thing."""
        self._messages.insert(0, Stop(deadline, reason))
        self._news.set()

    def reconfigure(self, config: Config) -> None:
        """Offer another config."""

        def accept() -> None:
            self.accepted += 1

        def refuse(reason: str) -> None:
            self.refused = reason

        self._messages.append(Reconfigure(config, accept, refuse))
        self._news.set()


class RunningBundle:
    """A bundle's lifecycle as a component with `start` and `shutdown`, whichever kind it is."""

    def __init__(self, bundle: Bundle, clock: Clock, tasks: Tasks) -> None:
        """`clock` and `tasks` are those of the extension's settings."""
        self.bundle = bundle
        self.control = FakeControl(clock)
        self._life = None if isinstance(bundle, Passive) else bundle.lifecycle
        self._readiness = None if isinstance(bundle, Passive) else bundle.readiness
        self._tasks = tasks
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Let it run, and wait until it is ready if it said that it would tell."""
        if not isinstance(self._life, Run):
            await start(self._life)
            return
        self._running = self._tasks.spawn(self._life.run(self.control), name="run")
        if self._readiness is not None:
            await self.control.is_ready.wait()

    async def shutdown(self, deadline: Deadline) -> None:
        """Tell it to stop, and wait for the end."""
        if not isinstance(self._life, Run):
            await stop(self._life, clock=deadline.clock, within=deadline.remaining())
        elif self._running is not None:
            running, self._running = self._running, None
            self.control.stop(deadline)
            await running
