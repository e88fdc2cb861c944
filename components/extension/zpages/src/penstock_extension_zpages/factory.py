"""The factory of the zpages extension."""

from penstock_api import Background, ExtensionFactory, ExtensionSettings, Stability
from penstock_extension_zpages.config import ZPagesConfig

__all__ = ("factory",)


def _create(settings: ExtensionSettings, config: ZPagesConfig) -> Background:
    from penstock_extension_zpages.extension import ZPagesExtension  # noqa: PLC0415 - serves HTTP

    return Background(ZPagesExtension(settings, config))


factory = ExtensionFactory(
    kind="zpages", config=ZPagesConfig, create=_create, stability={"extension": Stability.BETA}
)
