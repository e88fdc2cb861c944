"""A quota that many share."""

from typing import Final, Protocol

from penstock_api.capability.key import CapabilityKey, define

__all__ = ("RATE_LIMITER", "RateLimiter")


class RateLimiter(Protocol):
    """Gives out units of one quota: whatever all users take together never exceeds it."""

    def try_acquire(self, units: int) -> bool:
        """Take `units` if they are there; never waits."""
        ...

    def retry_after(self, units: int) -> float:
        """Seconds until `units` may be there, for a refusal's `after`; infinite when they never will."""
        ...


RATE_LIMITER: Final[CapabilityKey[RateLimiter]] = define(
    "rate_limiter", RateLimiter, "Gives out units of one shared quota."
)
