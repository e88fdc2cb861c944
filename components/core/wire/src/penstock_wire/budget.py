"""Bytes in flight over all connections of a server: when too many are, reading pauses."""

from typing import Protocol

__all__ = ("Budget", "Pausable")


class Pausable(Protocol):
    """A connection that reads."""

    def resume(self) -> None:
        """Read on: there is room again."""


class Budget:
    """Counts what was read and is not answered yet.

    Reading pauses only while complete requests are being answered, which gives room again. When the budget is
    filled by requests of which a part is missing, pausing would wait for ever: then they are refused.
    """

    __slots__ = ("_paused", "limit", "running", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.running = 0
        self._paused: list[Pausable] = []

    @property
    def is_full(self) -> bool:
        """Whether there is more in flight than there may be."""
        return self.used > self.limit

    def wait(self, connection: Pausable) -> bool:
        """Whether `connection`, for which there is no room, is resumed later; otherwise it must refuse."""
        if not self.running:
            return False
        self._paused.append(connection)
        return True

    def free(self, size: int) -> None:
        """`size` bytes are in flight no more."""
        self.used -= size
        if self._paused:
            self._wake()

    def done(self, size: int) -> None:
        """A request that was running, of `size` bytes, is answered or given up."""
        self.running -= 1
        self.used -= size
        if self._paused:
            self._wake()

    def _wake(self) -> None:
        if self.is_full and self.running:
            return
        paused, self._paused = self._paused, []
        for connection in paused:
            connection.resume()
