"""Makes the exporter of each signal."""

from functools import partial
from typing import Final

from penstock_api import AnyBatch, ConfigError, ExporterFactory, Settings, Signal, Stability
from penstock_api.exporting import Exporting
from penstock_api.proving import client_auth
from penstock_exporter_otlp_http.compress import compressor
from penstock_exporter_otlp_http.config import OtlpHttpConfig
from penstock_exporter_otlp_http.exporter import OtlpHttpExporter
from penstock_exporter_otlp_http.transport import WireTransport

__all__ = ("factory",)

_MEDIA: Final = {"proto": "application/x-protobuf", "json": "application/json"}


def _create(signal: Signal, settings: Settings, config: OtlpHttpConfig) -> Exporting[AnyBatch]:
    url = config.url(signal)
    if not url:
        raise ConfigError.single(f"either endpoint or {signal}_endpoint must be specified")
    headers = {"content-type": _MEDIA[config.encoding], "user-agent": settings.build.user_agent}
    compress = compressor(config)
    if compress is not None:
        headers["content-encoding"] = config.compression
    encode = _json if config.encoding == "json" else _wire
    auth = client_auth(settings.capabilities, required=config.auth is not None)
    transport = WireTransport(config, url, headers, settings, auth)
    push = OtlpHttpExporter(settings, url, transport, encode, compress)
    return Exporting(
        settings,
        signal,
        push,
        timeout=config.timeout,
        retry=config.retry_on_failure,
        queue=config.sending_queue,
    )


def _wire(batch: AnyBatch) -> tuple[bytes, ...]:
    """The buffers of a batch, which are one request when they are sent one after the other."""
    return batch.wire


def _json(batch: AnyBatch) -> tuple[bytes, ...]:
    return (batch.to_json(),)


factory = ExporterFactory(
    kind="otlp_http",
    config=OtlpHttpConfig,
    create_traces=partial(_create, Signal.TRACES),
    create_metrics=partial(_create, Signal.METRICS),
    create_logs=partial(_create, Signal.LOGS),
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
    aliases=("otlphttp",),
)
