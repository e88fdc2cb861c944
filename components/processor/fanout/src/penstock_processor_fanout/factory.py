"""The factory of the fanout processor."""

from penstock_api import RouterFactory, Stability
from penstock_processor_fanout.config import FanoutConfig
from penstock_processor_fanout.processor import Fanout

__all__ = ("factory",)


def _outputs(config: FanoutConfig) -> tuple[str, ...]:
    return tuple(one.port for one in config.destinations)


factory = RouterFactory(
    kind="fanout",
    config=FanoutConfig,
    create=Fanout,
    outputs=_outputs,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
