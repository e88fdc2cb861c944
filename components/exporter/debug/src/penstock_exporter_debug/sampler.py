"""Shows the first batches of every second, then one of several."""

from penstock_api import Clock

__all__ = ("Sampler",)


class Sampler:
    """Decides batch by batch."""

    def __init__(self, clock: Clock, initial: int, thereafter: int) -> None:
        self._clock = clock
        self._initial = initial
        self._thereafter = thereafter
        self._until = float("-inf")
        self._seen = 0

    def show(self) -> bool:
        """Whether to show the batch at hand."""
        now = self._clock.now()
        if now >= self._until:
            self._until, self._seen = now + 1.0, 0
        self._seen += 1
        beyond = self._seen - self._initial
        return beyond <= 0 or (self._thereafter > 0 and beyond % self._thereafter == 0)
