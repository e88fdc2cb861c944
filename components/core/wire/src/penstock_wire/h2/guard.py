"""Counts what costs us more than it costs the peer, and ends connections that do too much of it."""

from typing import Final

from penstock_wire.h2.faults import ENHANCE_YOUR_CALM, ConnectionFault
from penstock_wire.runtime import Clock

__all__ = ("Guard",)

_FRAMES: Final = 1_000
_RESETS: Final = 1_000
_FRAMES_SECONDS: Final = 10.0
_RESETS_SECONDS: Final = 30.0


class Guard:
    """Two allowances that fill up with time: one for resets, one for frames that carry nothing.

    The second also fills up with complete requests, since clients that work send such frames along.
    """

    __slots__ = ("_at", "_clock", "_frames", "_most_frames", "_most_resets", "_resets")

    def __init__(self, clock: Clock, *, resets: int = _RESETS, frames: int = _FRAMES) -> None:
        """So many may come at once; as many again within 30 and within 10 seconds."""
        self._clock = clock
        self._at = clock.now()
        self._frames = self._most_frames = float(frames)
        self._resets = self._most_resets = float(resets)

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
        if self._frames < self._most_frames:
            self._frames += 4

    def _refill(self) -> None:
        now = self._clock.now()
        passed, self._at = now - self._at, now
        share = passed / _FRAMES_SECONDS
        self._frames = min(self._frames + share * self._most_frames, self._most_frames)
        share = passed / _RESETS_SECONDS
        self._resets = min(self._resets + share * self._most_resets, self._most_resets)
