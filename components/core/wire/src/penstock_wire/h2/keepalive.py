"""A client's connection that finds out when the server is gone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock_wire.h2.client import ClientConnection, ClientLimits
from penstock_wire.runtime import Clock, Timer

if TYPE_CHECKING:
    import asyncio

__all__ = ("KeepAlive", "KeptAliveConnection")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAlive:
    """When to ping; seconds."""

    time: float
    """After the server was silent for this long."""
    timeout: float
    """How long it may take to answer."""
    when_idle: bool
    """Whether also while there is no request."""


class KeptAliveConnection(ClientConnection):
    """Pings a silent server, and closes when it does not answer."""

    def __init__(
        self,
        limits: ClientLimits,
        clock: Clock,
        *,
        keep_alive: KeepAlive,
        changed: Callable[[], object],
        lost: Callable[[], object],
    ) -> None:
        """As `ClientConnection`."""
        super().__init__(limits, clock, changed=changed, lost=lost)
        self._rules = keep_alive
        self._timer: Timer | None = None

    def connection_made(self, transport: "asyncio.Transport") -> None:  # type: ignore[override]  # it is one
        """Begin to look after the server."""
        super().connection_made(transport)
        self._look_in(self._rules.time)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _look_in(self, seconds: float) -> None:
        self._timer = self.clock.call_later(max(seconds, 0.001), self._look)

    def _look(self) -> None:
        rules, now = self._rules, self.clock.now()
        if self.pinged_at is not None and self.pinged_at >= self.heard_at:
            if now - self.pinged_at >= rules.timeout:
                self.reason = self.reason or "the server does not answer to pings"
                self.abort()
            else:
                self._look_in(self.pinged_at + rules.timeout - now)
            return
        silent = now - self.heard_at
        if silent < rules.time:
            self._look_in(rules.time - silent)
        elif self.streams or rules.when_idle:
            self.ping()
            self._look_in(rules.timeout)
        else:
            self._look_in(rules.time)
