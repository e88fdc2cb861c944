"""The lifecycle: it refills the quota until it is told to stop."""

from typing import Final

from penstock_api import Clock, Control, Stop
from penstock_extension_rate_limiter.config import RateLimiterConfig
from penstock_extension_rate_limiter.quota import Quota

__all__ = ("Refill",)

_STEPS: Final = 20
"""Into how many refills an interval is divided, so that units come evenly."""
_SHORTEST_SECONDS: Final = 0.01


class Refill:
    """Adds to the quota, a little at a time; takes another config while it runs."""

    def __init__(self, quota: Quota, config: RateLimiterConfig, clock: Clock) -> None:
        self._quota = quota
        self._clock = clock
        self._pause = _pause(config)

    async def run(self, control: Control) -> None:
        """Refill until `Stop`."""
        control.ready()
        since = self._clock.now()
        while not isinstance(message := await control.wait(self._pause), Stop):
            now = self._clock.now()
            self._quota.refill(now - since)
            since = now
            if message is not None and isinstance(message.config, RateLimiterConfig):
                config = message.config
                self._quota.change(config.limit / config.interval, config.most)
                self._pause = _pause(config)
                message.accept()


def _pause(config: RateLimiterConfig) -> float:
    return max(config.interval / _STEPS, _SHORTEST_SECONDS)
