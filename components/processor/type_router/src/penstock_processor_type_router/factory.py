"""The factory of the type router."""

from penstock_api import RouterFactory, Signal, Stability
from penstock_processor_type_router.config import TypeRouterConfig
from penstock_processor_type_router.router import TypeRouter

__all__ = ("factory",)


def _outputs(_config: TypeRouterConfig) -> tuple[str, ...]:
    return tuple(signal.value for signal in Signal)


factory = RouterFactory(
    kind="type_router",
    config=TypeRouterConfig,
    create=TypeRouter,
    outputs=_outputs,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
