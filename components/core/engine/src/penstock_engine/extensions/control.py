"""What the engine says to one extension that runs, and what it hears back."""

import asyncio
from collections import deque
from collections.abc import Callable

from penstock_api import Clock
from penstock_api.extension import ControlClosedError, Reconfigure, Stop

__all__ = ("ControlChannel",)


class ControlChannel:
    """A `penstock_api.Control`. `Stop` overtakes all that waits, comes once and is the last.

    `on_wait` hears True when the extension begins to wait, and False when it goes back to work.
    """

    def __init__(
        self, clock: Clock, on_ready: Callable[[], None], on_wait: Callable[[bool], None] = lambda _: None
    ) -> None:
        self._clock = clock
        self._on_ready = on_ready
        self._on_wait = on_wait
        self._messages: deque[Reconfigure] = deque()
        self._stop: Stop | None = None
        self._is_closed = False
        self._waiting: set[asyncio.Future[None]] = set()

    def ready(self) -> None:
        """Say that nodes may start; again does nothing."""
        self._on_ready()

    async def wait(self, seconds: float | None = None) -> Stop | Reconfigure | None:
        """The next message, or None after `seconds`. Raises `ControlClosedError` after `Stop`."""
        end = None if seconds is None else self._clock.now() + seconds
        self._on_wait(True)
        try:
            await asyncio.sleep(0)  # whoever asks in a loop lets others work
            while (message := self._next()) is None:
                if end is not None and self._clock.now() >= end:
                    return None
                await self._woken(end)
        finally:
            self._on_wait(False)
        return message

    def post(self, message: Reconfigure) -> None:
        """Say `message`, after those that wait."""
        self._messages.append(message)
        self._wake()

    def stop(self, message: Stop) -> None:
        """Say `message` before all others, which are not said any more: they are refused."""
        self._stop = message
        refused, self._messages = self._messages, deque()
        for one in refused:
            one.refuse("the extension is being stopped")
        self._wake()

    def close(self) -> None:
        """Say nothing more."""
        self._is_closed = True
        self._wake()

    def _next(self) -> Stop | Reconfigure | None:
        if self._is_closed:
            raise ControlClosedError
        if self._stop is not None:
            self._is_closed = True
            return self._stop
        return self._messages.popleft() if self._messages else None

    async def _woken(self, end: float | None) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        timer = None if end is None else self._clock.call_later(end - self._clock.now(), self._wake)
        try:
            await future
        finally:
            self._waiting.discard(future)
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        for future in tuple(self._waiting):
            if not future.done():
                future.set_result(None)
