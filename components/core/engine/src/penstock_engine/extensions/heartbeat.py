"""Notices an extension that does not come back to the engine, and says when it may begin again."""

from collections.abc import Callable

from penstock_api import Timer
from penstock_engine.extensions.surroundings import HostKit

__all__ = ("Heartbeat",)


class Heartbeat:
    """The watch over one extension, which is at work or waits for the engine.

    `missed` is called when it is at work for more than `seconds`; the caller then cancels it. `stuck` is
    called when that has no effect. With None for `seconds` nothing is watched.
    """

    def __init__(
        self,
        kit: HostKit,
        seconds: float | None,
        missed: Callable[[float], None],
        stuck: Callable[[], None],
    ) -> None:
        self.is_wedged = False
        self.restarts = 0
        self._kit = kit
        self._seconds = seconds
        self._missed = missed
        self._stuck = stuck
        self._alarm: Timer | None = None
        self._streak = 0
        self._missed_at = 0.0

    def beat(self, is_waiting: bool) -> None:  # noqa: FBT001 - a callback with this one fact
        """It waits from now on, or goes to work."""
        self.silence()
        if not is_waiting and self._seconds is not None and not self.is_wedged:
            self._alarm = self._kit.clock.call_later(self._seconds, self._went_off)

    def silence(self) -> None:
        """Watch no longer, until the next `beat`."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def end(self) -> None:
        """Watch no longer: whoever is to stop has a deadline for that."""
        self.silence()
        self._seconds = None

    def may_restart(self) -> bool:
        """Whether the budget allows one more restart, which is then taken from it."""
        policy = self._kit.restarts
        if self._streak >= policy.max_restarts:
            return False
        self._streak += 1
        self.restarts += 1
        self.is_wedged = False
        return True

    def backoff(self) -> float:
        """Seconds to wait before the restart."""
        return self._kit.restarts.backoff(self._streak)

    def _went_off(self) -> None:
        assert self._seconds is not None
        self._alarm = None
        now = self._kit.clock.now()
        if now - self._missed_at > self._kit.restarts.reset_after:
            self._streak = 0
        self._missed_at = now
        self.is_wedged = True
        self._alarm = self._kit.clock.call_later(self._kit.cancelling, self._stuck)
        self._missed(self._seconds)
