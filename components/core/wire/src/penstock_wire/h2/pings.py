"""How often a client may ping."""

from typing import Final

from penstock_wire.limits import ServerLimits
from penstock_wire.runtime import Clock

__all__ = ("PingPolicy",)

_STRIKES: Final = 2
_IDLE_INTERVAL: Final = 7200.0


class PingPolicy:
    """Pings that come too soon are forgiven twice, and whenever something was sent between them."""

    __slots__ = ("_clock", "_idle", "_interval", "_strikes", "at")

    def __init__(self, limits: ServerLimits, clock: Clock) -> None:
        self._clock = clock
        self._interval = limits.min_ping_interval
        self._idle = self._interval if limits.permit_idle_pings else max(self._interval, _IDLE_INTERVAL)
        self.at: float | None = None
        """When the last ping came, if nothing was sent since."""
        self._strikes = 0

    def sent(self) -> None:
        """A reply goes out: pings with it are how clients measure the network."""
        self.at = None
        self._strikes = 0

    def allows(self, *, busy: bool) -> bool:
        """A ping has come, while requests are under way or not; whether the connection may go on."""
        if not self._interval:
            return True
        now, before = self._clock.now(), self.at
        self.at = now
        if before is not None and now - before < (self._interval if busy else self._idle):
            self._strikes += 1
        return self._strikes <= _STRIKES
