"""What the user writes under `processors.memory_limiter`."""

from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = ("MemoryLimiterConfig",)


class MemoryLimiterConfig(Config):
    """Refuses telemetry while the process uses too much memory."""

    check_interval: Duration = 0.0
    """How often to measure memory; must be set, `1s` suits most."""
    limit_mib: int = Field(default=0, ge=0)
    """The hard limit in MiB. Goes before `limit_percentage`; one of them must be set."""
    spike_limit_mib: int = Field(default=0, ge=0)
    """How far below the hard limit data is refused, in MiB. 0 is a fifth of the hard limit."""
    limit_percentage: int = Field(default=0, ge=0, le=100)
    """The hard limit in percent of the memory that the container, or else the machine, has."""
    spike_limit_percentage: int = Field(default=0, ge=0, le=100)
    """How far below the hard limit data is refused, in percent likewise. 0 is a fifth of the hard limit."""
    min_gc_interval_when_soft_limited: Duration = Field(default=10.0, ge=0)
    """The shortest time between two garbage collections while at or above the soft limit."""
    min_gc_interval_when_hard_limited: Duration = Field(default=0.0, ge=0)
    """The shortest time between two garbage collections while at or above the hard limit."""
    max_gc_interval_when_soft_limited: Duration = Field(default=30.0, ge=0)
    """The longest time to which collections that free next to nothing are put off, at the soft limit."""
    max_gc_interval_when_hard_limited: Duration = Field(default=30.0, ge=0)
    """The longest time to which collections that free next to nothing are put off, at the hard limit."""

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if self.check_interval <= 0:
            raise ValueError(f"`check_interval` must be greater than 0: {self.check_interval:g}")
        if not self.limit_mib and not self.limit_percentage:
            raise ValueError("`limit_mib` or `limit_percentage` must be greater than 0: 0")
        for unit in ("mib", "percentage"):
            limit, spike = getattr(self, f"limit_{unit}"), getattr(self, f"spike_limit_{unit}")
            if limit and spike >= limit:
                raise ValueError(f"`spike_limit_{unit}` must be below `limit_{unit}` {limit}: {spike}")
        return self

    @model_validator(mode="after")
    def _check_intervals(self) -> Self:
        soft, hard = self.min_gc_interval_when_soft_limited, self.min_gc_interval_when_hard_limited
        if soft < hard:
            raise ValueError(
                "`min_gc_interval_when_soft_limited` must not be below"
                f" `min_gc_interval_when_hard_limited` {hard:g}s: {soft:g}s"
            )
        longest_soft, longest_hard = (
            self.max_gc_interval_when_soft_limited,
            self.max_gc_interval_when_hard_limited,
        )
        if longest_soft < longest_hard:
            raise ValueError(
                "`max_gc_interval_when_soft_limited` must not be below"
                f" `max_gc_interval_when_hard_limited` {longest_hard:g}s: {longest_soft:g}s"
            )
        for kind, shortest, longest in (("soft", soft, longest_soft), ("hard", hard, longest_hard)):
            if longest < shortest:
                raise ValueError(
                    f"`max_gc_interval_when_{kind}_limited` must not be below"
                    f" `min_gc_interval_when_{kind}_limited` {shortest:g}s: {longest:g}s"
                )
        return self
