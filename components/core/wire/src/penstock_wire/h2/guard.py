"""Counts what costs us more than it costs the peer, and ends connections that do too much of it."""

from typing import Final

from penstock_wire.h2.faults import ENHANCE_YOUR_CALM, ConnectionFault
from penstock_wire.runtime import Clock

__all__ = ("Guard",)

_BURST: Final = 1_000
_PER_SECOND: Final = 100.0
_RESETS: Final = 1_000
_RESETS_PER_SECOND: Final = 33.0


class Guard:
    """Two allowances that fill up with time: one for resets, one for frames that carry nothing.

    The second also fills up with complete requests, since clients that work send such frames along.
    """

    __slots__ = ("_at", "_clock", "_frames", "_resets")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = clock.now()
        self._frames = float(_BURST)
        self._resets = float(_RESETS)

    def idle_frame(self) -> None:
        """A frame came that carries nothing: a ping, settings, an empty frame. Raises `ConnectionFault`."""
        self._frames -= 1
        if self._frames < 0:
            self._refill()
            if self._frames < 0:
                raise ConnectionFault(ENHANCE_YOUR_CALM, "too many frames that carry nothing")

    def reset(self) -> None:
        """A stream was reset, by either side. Raises `ConnectionFault`."""
        self._resets -= 1
        if self._resets < 0:
            self._refill()
            if self._resets < 0:
                raise ConnectionFault(ENHANCE_YOUR_CALM, "too many streams are reset")

    def request(self) -> None:
        """A request came, whole."""
        if self._frames < _BURST:
            self._frames += 4

    def _refill(self) -> None:
        now = self._clock.now()
        passed, self._at = now - self._at, now
        self._frames = min(self._frames + passed * _PER_SECOND, _BURST)
        self._resets = min(self._resets + passed * _RESETS_PER_SECOND, _RESETS)
