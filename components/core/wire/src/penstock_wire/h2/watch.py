"""Looks after a server's connection from time to time: nothing takes for ever."""

from typing import TYPE_CHECKING, Final

from penstock_wire.h2.faults import CANCEL, ENHANCE_YOUR_CALM, ConnectionFault
from penstock_wire.limits import ServerLimits
from penstock_wire.runtime import Clock, Timer

if TYPE_CHECKING:
    from penstock_wire.h2.server import ServerConnection

__all__ = ("Watch",)

_LONGEST: Final = 5.0
_SHORTEST: Final = 0.01
_CLOSING: Final = 5.0


class Watch:
    """One timer per connection, whatever it waits for; so a limit is kept to within a quarter of it."""

    def __init__(self, connection: "ServerConnection", limits: ServerLimits, clock: Clock) -> None:
        self._connection = connection
        self._limits = limits
        self._clock = clock
        self._timer: Timer | None = None
        self._age = limits.age()
        self._old_at: float | None = None
        times = (
            limits.header_timeout,
            limits.read_timeout,
            limits.write_timeout,
            limits.idle_timeout,
            limits.keepalive_time,
            limits.keepalive_timeout,
            limits.max_age,
            limits.max_age_grace,
        )
        self._interval = max(_SHORTEST, min(_LONGEST, *(time / 4 for time in times if time)))

    def start(self) -> None:
        """Begin."""
        self._timer = self._clock.call_later(self._interval, self._look)

    def stop(self) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        connection, now = self._connection, self._clock.now()
        if connection.is_over:
            if now - connection.over_at >= _CLOSING:
                connection.abort()
        elif self._is_stuck(now):
            connection.abort()
        else:
            self._check_requests(now)
            self._check_life(now)
        if self._timer is not None:
            self._timer = self._clock.call_later(self._interval, self._look)

    def _is_stuck(self, now: float) -> bool:
        """Whether the client is gone, or does as if: it takes nothing, or does not answer."""
        connection, limits = self._connection, self._limits
        if not connection.is_settled:
            return _is_over(now, connection.begun_at, limits.header_timeout)
        if connection.sender.is_paused and _is_over(now, connection.stuck_at, limits.write_timeout):
            return True
        pinged = connection.pinged_at
        return pinged is not None and _is_over(now, pinged, limits.keepalive_timeout)

    def _check_requests(self, now: float) -> None:
        connection, limits = self._connection, self._limits
        since = connection.awaits_since()
        if since is not None and _is_over(now, since, limits.header_timeout):
            connection.fail(ConnectionFault(ENHANCE_YOUR_CALM, "the rest of a frame does not come"))
            return
        for stream in tuple(connection.streams.values()):
            limit = limits.write_timeout if stream.pending else 0 if stream.ended else limits.read_timeout
            if _is_over(now, stream.at, limit):
                connection.give_up(stream.id, CANCEL)

    def _check_life(self, now: float) -> None:
        connection, limits = self._connection, self._limits
        if connection.is_over:
            return
        if not connection.streams and _is_over(now, connection.free_at, limits.idle_timeout):
            connection.drain()
        if _is_over(now, connection.begun_at, self._age):
            if self._old_at is None:
                self._old_at = now
                connection.drain()
            elif _is_over(now, self._old_at, limits.max_age_grace):
                connection.abort()
        silent = _is_over(now, connection.heard_at, limits.keepalive_time)
        if silent and connection.pinged_at is None:
            connection.ping()


def _is_over(now: float, since: float, seconds: float) -> bool:
    return bool(seconds) and now - since >= seconds
