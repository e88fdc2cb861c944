"""The factory of the health check extension."""

from penstock_api import Background, ExtensionFactory, ExtensionSettings, Stability
from penstock_extension_health_check.config import HealthCheckConfig

__all__ = ("factory",)


def _create(settings: ExtensionSettings, config: HealthCheckConfig) -> Background:
    from penstock_extension_health_check.extension import HealthCheckExtension  # noqa: PLC0415 - serves HTTP

    return Background(HealthCheckExtension(settings, config))


factory = ExtensionFactory(
    kind="health_check",
    config=HealthCheckConfig,
    create=_create,
    stability={"extension": Stability.BETA},
)
