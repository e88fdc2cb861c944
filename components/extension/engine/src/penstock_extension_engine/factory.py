"""The factory of the engine extension."""

from penstock_api import Background, ExtensionFactory, ExtensionSettings, Stability
from penstock_extension_engine.config import EngineConfig
from penstock_extension_engine.engine import Engine

__all__ = ("factory",)


def _create(settings: ExtensionSettings, config: EngineConfig) -> Background:
    return Background(Engine(settings, config))


factory = ExtensionFactory(
    kind="engine",
    config=EngineConfig,
    create=_create,
    stability={"extension": Stability.ALPHA},
)
