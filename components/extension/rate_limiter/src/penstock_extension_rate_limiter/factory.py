"""The factory of the rate limiter."""

from penstock_api import Active, Cloned, ExtensionFactory, ExtensionSettings, Stability
from penstock_api.capability import RATE_LIMITER
from penstock_extension_rate_limiter.config import RateLimiterConfig
from penstock_extension_rate_limiter.quota import Handle, Quota
from penstock_extension_rate_limiter.refill import Refill

__all__ = ("factory",)


def _create(settings: ExtensionSettings, config: RateLimiterConfig) -> Active:
    taken, refused = (
        settings.meter.counter(
            "otelcol_extension_rate_limiter_units",
            unit="{units}",
            extension=str(settings.id),
            outcome=outcome,
        )
        for outcome in ("taken", "refused")
    )
    quota = Quota(config.limit / config.interval, config.most, taken, refused)
    settings.meter.gauge(
        "otelcol_extension_rate_limiter_left",
        lambda: quota.left,
        unit="{units}",
        extension=str(settings.id),
    )
    handle = Handle(quota.try_acquire, quota.retry_after)
    return Active(Refill(quota, config, settings.clock), Cloned(RATE_LIMITER, handle))


factory = ExtensionFactory(
    kind="rate_limiter",
    config=RateLimiterConfig,
    create=_create,
    capabilities=(RATE_LIMITER,),
    stability={"extension": Stability.BETA},
)
