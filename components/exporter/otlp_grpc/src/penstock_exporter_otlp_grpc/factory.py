"""Makes the exporter of each signal."""

from functools import partial

from penstock_api import AnyBatch, ExporterFactory, Settings, Signal, Stability
from penstock_api.exporting import Exporting
from penstock_api.proving import client_auth
from penstock_exporter_otlp_grpc.config import OtlpGrpcConfig
from penstock_exporter_otlp_grpc.exporter import METHODS, OtlpGrpcExporter
from penstock_exporter_otlp_grpc.transport import WireTransport

__all__ = ("factory",)


def _create(signal: Signal, settings: Settings, config: OtlpGrpcConfig) -> Exporting[AnyBatch]:
    agent = settings.build.user_agent
    transport = WireTransport(
        config,
        METHODS[signal],
        user_agent=agent,
        timeout=config.timeout,
        settings=settings,
        auth=client_auth(settings.capabilities, required=config.auth is not None),
    )
    return Exporting(
        settings,
        signal,
        OtlpGrpcExporter(settings, transport),
        timeout=config.timeout,
        retry=config.retry_on_failure,
        queue=config.sending_queue,
    )


factory = ExporterFactory(
    kind="otlp_grpc",
    config=OtlpGrpcConfig,
    create_traces=partial(_create, Signal.TRACES),
    create_metrics=partial(_create, Signal.METRICS),
    create_logs=partial(_create, Signal.LOGS),
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
    aliases=("otlp",),
)
