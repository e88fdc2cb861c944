"""Sends batches as OTLP calls."""

from typing import Final

from penstock_api import AnyBatch, Deadline, Settings, Signal
from penstock_api.exporting.answers import note_partial, partial_from_wire
from penstock_exporter_otlp_grpc.status import error_of
from penstock_exporter_otlp_grpc.transport import CallError, Transport

__all__ = ("METHODS", "OtlpGrpcExporter")

_SERVICE: Final = "/opentelemetry.proto.collector"
METHODS: Final = {
    Signal.TRACES: f"{_SERVICE}.trace.v1.TraceService/Export",
    Signal.METRICS: f"{_SERVICE}.metrics.v1.MetricsService/Export",
    Signal.LOGS: f"{_SERVICE}.logs.v1.LogsService/Export",
}


class OtlpGrpcExporter:
    """One call per batch, to the method of its signal."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        self._log = settings.log
        self._transport = transport

    async def start(self) -> None:
        """Get ready to connect; the server may be down."""
        await self._transport.start()

    async def consume(self, batch: AnyBatch, /) -> None:
        """Send `batch`. Raises `RetryableError` or `PermanentError` as the status says."""
        try:
            answer = await self._transport.call(batch.wire)
        except CallError as error:
            raise error_of(error.code, error.message, error.details) from error
        note_partial(self._log, partial_from_wire, answer)

    async def shutdown(self, _deadline: Deadline, /) -> None:
        """Close the connection."""
        await self._transport.close()
