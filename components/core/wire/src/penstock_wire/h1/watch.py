"""Bounds what a client may send and how long it may take."""

import asyncio
from collections.abc import Callable
from typing import Final

from penstock_wire.h1.incoming import Reader, UnacceptableError
from penstock_wire.runtime import Timer
from penstock_wire.service import Service

__all__ = ("Watch",)

_SLACK: Final = 1024 * 1024
_LINGER_SECONDS: Final = 2.0


class Watch:
    """The timers of one connection. A request that arrives in one piece, as most do, pays for none.

    While it `lingers`, the last reply has been sent, and what still comes is thrown away.
    """

    def __init__(self, transport: asyncio.Transport, service: Service) -> None:
        self._transport = transport
        self._clock = service.clock
        self._limits = service.limits
        self._most = 2 * service.limits.max_body + _SLACK
        self._timer: Timer | None = None
        self._writing: Timer | None = None
        self._idle: Timer | None = None
        self._age: Timer | None = None
        self._idle_since = 0.0
        self._in_body = False
        self._raw = 0
        self.lingers = False

    def begin(self, is_idle: Callable[[], bool], drain: Callable[[], object]) -> None:
        """The connection is there; `drain` has it close as soon as it may."""
        self._is_idle = is_idle
        self._drain = drain
        self._arm(self._limits.header_timeout)
        self.note()
        if self._limits.idle_timeout:
            self._idle = self._clock.call_later(self._limits.idle_timeout, self._find_idle)
        if self._limits.max_age:
            self._age = self._clock.call_later(self._limits.age(), self._grow_old)

    def end(self) -> None:
        """The connection is gone."""
        for timer in (self._timer, self._writing, self._idle, self._age):
            if timer is not None:
                timer.cancel()

    def note(self) -> None:
        """There was a request."""
        if self._limits.idle_timeout:
            self._idle_since = self._clock.now()

    def check(self, reader: Reader, size: int) -> UnacceptableError | None:
        """Bound a request that has not come whole, what is thrown away of it included; wait for the rest."""
        incoming = reader.incoming
        in_body = incoming is not None and incoming.head is not None
        if reader.finished or (in_body and reader.fresh):
            reader.finished = False
            self._disarm()
        if incoming is None:
            return None
        if reader.fresh:  # of what has just been received an unknown part belongs to this
            reader.fresh, self._raw = False, 0
        else:
            self._raw += size
        if in_body and self._raw > self._most:
            self._transport.abort()
        elif not in_body and self._raw > self._limits.max_header_bytes:
            return UnacceptableError(431, "the head of the request is too large")
        elif self._timer is None:
            self._arm(self._limits.read_timeout if in_body else self._limits.header_timeout)
        return None

    def linger(self) -> None:
        """The last reply has been sent: wait a moment for the client to close."""
        self._disarm()
        self.lingers, self._raw = True, 0
        self._timer = self._clock.call_later(_LINGER_SECONDS, self._transport.abort)

    def discard(self, size: int) -> None:
        """More came after the last reply."""
        self._raw += size
        if self._raw > self._most:
            self._transport.abort()

    def expect_progress(self) -> None:
        """The client must take something of its replies soon."""
        if self._limits.write_timeout and self._writing is None:
            self._writing = self._clock.call_later(self._limits.write_timeout, self._transport.abort)

    def relax(self) -> None:
        """It has."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _find_idle(self) -> None:
        """Close when there was no request for long; one timer serves for all requests."""
        left = limit = self._limits.idle_timeout
        if self._is_idle():
            left = self._idle_since + limit - self._clock.now()
        if left <= 0:
            self._transport.close()
        else:
            self._idle = self._clock.call_later(left, self._find_idle)

    def _grow_old(self) -> None:
        self._drain()
        if self._limits.max_age_grace:
            self._age = self._clock.call_later(self._limits.max_age_grace, self._transport.abort)

    def _arm(self, seconds: float) -> None:
        if seconds:
            self._timer = self._clock.call_later(seconds, self._transport.close)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
