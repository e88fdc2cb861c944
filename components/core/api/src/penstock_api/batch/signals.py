"""One batch class per signal."""

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from penstock_api.batch.base import AnyBatch, Batch
from penstock_api.signal import Signal

if TYPE_CHECKING:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    from penstock_api.batch.schema import Schema

__all__ = ("Logs", "Metrics", "Traces", "batch_type")

# The generated protobuf modules take 30 ms to import: they are loaded by the first batch that is decoded.
# Schemas are looked up for every batch, and an import statement takes longer than counting a request.


class Traces(Batch["ExportTraceServiceRequest"]):
    """Spans."""

    __slots__ = ()
    signal: ClassVar[Signal] = Signal.TRACES

    @classmethod
    @cache
    def _schema(cls) -> "Schema":
        from penstock_api.batch.schema import TRACES  # noqa: PLC0415

        return TRACES

    @classmethod
    def _new_message(cls) -> "ExportTraceServiceRequest":
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415

        return trace_service_pb2.ExportTraceServiceRequest()


class Metrics(Batch["ExportMetricsServiceRequest"]):
    """Metric points."""

    __slots__ = ()
    signal: ClassVar[Signal] = Signal.METRICS

    @classmethod
    @cache
    def _schema(cls) -> "Schema":
        from penstock_api.batch.schema import METRICS  # noqa: PLC0415

        return METRICS

    @classmethod
    def _new_message(cls) -> "ExportMetricsServiceRequest":
        from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2  # noqa: PLC0415

        return metrics_service_pb2.ExportMetricsServiceRequest()


class Logs(Batch["ExportLogsServiceRequest"]):
    """Log records."""

    __slots__ = ()
    signal: ClassVar[Signal] = Signal.LOGS

    @classmethod
    @cache
    def _schema(cls) -> "Schema":
        from penstock_api.batch.schema import LOGS  # noqa: PLC0415

        return LOGS

    @classmethod
    def _new_message(cls) -> "ExportLogsServiceRequest":
        from opentelemetry.proto.collector.logs.v1 import logs_service_pb2  # noqa: PLC0415

        return logs_service_pb2.ExportLogsServiceRequest()


_TYPES: dict[Signal, type[AnyBatch]] = {
    Signal.TRACES: Traces,
    Signal.METRICS: Metrics,
    Signal.LOGS: Logs,
}


def batch_type(signal: Signal) -> type[AnyBatch]:
    """The batch class of `signal`."""
    return _TYPES[signal]
