"""The factory of the content router."""

from penstock_api import AnyBatch, Consumer, Outputs, RouterFactory, Settings, Stability
from penstock_processor_content_router.config import ContentRouterConfig

__all__ = ("factory",)


def _create(settings: Settings, config: ContentRouterConfig, outputs: Outputs) -> Consumer[AnyBatch]:
    from penstock_processor_content_router.router import ContentRouter  # noqa: PLC0415 - it loads protobuf

    return ContentRouter(settings, config, outputs)


factory = RouterFactory(
    kind="content_router",
    config=ContentRouterConfig,
    create=_create,
    outputs=ContentRouterConfig.outputs,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
