"""Serves the Prometheus page to whoever asks."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any  # Any: ASGI's own messages

from penstock_api import BuildInfo, Settings
from penstock_collector.config.telemetry import MetricLevel, PrometheusExporter, TelemetryConfig
from penstock_engine.metrics import Registry, metrics_page

if TYPE_CHECKING:
    from penstock_api.serving import HttpServer

__all__ = ("metrics_servers", "resource_of")

_CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


def resource_of(config: TelemetryConfig, build: BuildInfo) -> dict[str, str]:
    """Who this collector says it is: the defaults, changed by the user's; a null removes one."""
    defaults: dict[str, str | None] = {
        "service.name": build.command,
        "service.version": build.version,
        "service.instance.id": str(uuid.uuid4()),
    }
    merged = {**defaults, **config.resource}
    return {key: value for key, value in merged.items() if value is not None}


def metrics_servers(
    config: TelemetryConfig, registry: Registry, resource: Mapping[str, str], settings: Settings
) -> "tuple[HttpServer, ...]":
    """One server per pull reader; none at level `none`."""
    if config.metrics.level is MetricLevel.NONE:
        return ()
    from penstock_api.serving import HttpServer  # noqa: PLC0415 - uvicorn, only where a page is served

    readers = (reader.pull.exporter.prometheus for reader in config.metrics.readers if reader.pull)
    return tuple(HttpServer(settings, _endpoint(one), _page(one, registry, resource)) for one in readers)


def _endpoint(reader: PrometheusExporter) -> str:
    host = f"[{reader.host}]" if ":" in reader.host else reader.host
    return f"{host}:{reader.port}"


def _page(
    reader: PrometheusExporter, registry: Registry, resource: Mapping[str, str]
) -> Callable[..., Awaitable[None]]:
    from penstock_api.serving import answer  # noqa: PLC0415 - with the server

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        found = scope["path"] == "/metrics"
        text = _text(reader, registry, resource) if found else ""
        await answer(scope, send, 200 if found else 404, _CONTENT_TYPE, text.encode())

    return app


def _text(reader: PrometheusExporter, registry: Registry, resource: Mapping[str, str]) -> str:
    return metrics_page(registry.series(), resource, type_suffix=not reader.without_type_suffix)
