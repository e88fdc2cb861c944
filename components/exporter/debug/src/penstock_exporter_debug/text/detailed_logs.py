"""Everything that log records say."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from penstock_exporter_debug.text.values import attributes, line, resource, scope, timestamp, typed

if TYPE_CHECKING:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

__all__ = ("lines",)

_LEVELS: Final = ("Trace", "Debug", "Info", "Warn", "Error", "Fatal")
_STEPS: Final = 4  # of every level there are four: Info, Info2, Info3, Info4


def lines(request: "ExportLogsServiceRequest") -> Iterator[str]:
    """Line by line."""
    for number, one in enumerate(request.resource_logs):
        yield from resource("ResourceLog", number, one.schema_url, one.resource)
        for index, group in enumerate(one.scope_logs):
            yield from scope("ScopeLogs", index, group.schema_url, group.scope)
            for position, record in enumerate(group.log_records):
                yield f"LogRecord #{position}"
                yield from _record(record)


def _record(record: "LogRecord") -> Iterator[str]:
    yield f"ObservedTimestamp: {timestamp(record.observed_time_unix_nano)}"
    yield f"Timestamp: {timestamp(record.time_unix_nano)}"
    yield f"SeverityText: {line(record.severity_text)}".rstrip()
    yield f"SeverityNumber: {_severity(record.severity_number)}({record.severity_number})"
    if record.event_name:
        yield f"EventName: {line(record.event_name)}"
    yield f"Body: {typed(record.body)}"
    yield from attributes("Attributes:", record.attributes)
    if record.dropped_attributes_count:
        yield f"DroppedAttributesCount: {record.dropped_attributes_count}"
    yield f"Trace ID: {record.trace_id.hex()}".rstrip()
    yield f"Span ID: {record.span_id.hex()}".rstrip()
    yield f"Flags: {record.flags}"


def _severity(number: int) -> str:
    if not 1 <= number <= len(_LEVELS) * _STEPS:
        return "Unspecified"
    level, step = divmod(number - 1, _STEPS)
    return f"{_LEVELS[level]}{step + 1 if step else ''}"
