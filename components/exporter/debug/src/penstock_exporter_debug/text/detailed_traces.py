"""Everything that spans say."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from penstock_exporter_debug.text.values import attributes, line, resource, scope, timestamp

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

__all__ = ("lines",)

_KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_CODES: Final = ("Unset", "Ok", "Error")


def lines(request: "ExportTraceServiceRequest") -> Iterator[str]:
    """Line by line."""
    for number, one in enumerate(request.resource_spans):
        yield from resource("ResourceSpans", number, one.schema_url, one.resource)
        for index, group in enumerate(one.scope_spans):
            yield from scope("ScopeSpans", index, group.schema_url, group.scope)
            for position, span in enumerate(group.spans):
                yield f"Span #{position}"
                yield from _span(span)


def _span(span: "Span") -> Iterator[str]:
    fields = (
        ("Trace ID", span.trace_id.hex()),
        ("Parent ID", span.parent_span_id.hex()),
        ("ID", span.span_id.hex()),
        ("Name", line(span.name)),
        ("Kind", _name(_KINDS, span.kind)),
        ("Start time", timestamp(span.start_time_unix_nano)),
        ("End time", timestamp(span.end_time_unix_nano)),
        ("Status code", _name(_CODES, span.status.code)),
        ("Status message", line(span.status.message)),
    )
    yield from (f"    {label:<14} : {text}".rstrip() for label, text in fields)
    optional = (
        ("TraceState", line(span.trace_state)),
        ("Flags", span.flags and f"{span.flags:#x}"),
        ("DroppedAttributesCount", span.dropped_attributes_count),
        ("DroppedEventsCount", span.dropped_events_count),
        ("DroppedLinksCount", span.dropped_links_count),
    )
    yield from (f"    {label:<14} : {value}" for label, value in optional if value)
    yield from attributes("Attributes:", span.attributes)
    yield from _events(span)
    yield from _links(span)


def _events(span: "Span") -> Iterator[str]:
    if span.events:
        yield "Events:"
    for number, event in enumerate(span.events):
        yield f"SpanEvent #{number}"
        yield f"     -> Name: {line(event.name)}"
        yield f"     -> Timestamp: {timestamp(event.time_unix_nano)}"
        yield f"     -> DroppedAttributesCount: {event.dropped_attributes_count}"
        yield from attributes("     -> Attributes:", event.attributes, "          ")


def _links(span: "Span") -> Iterator[str]:
    if span.links:
        yield "Links:"
    for number, link in enumerate(span.links):
        yield f"SpanLink #{number}"
        yield f"     -> Trace ID: {link.trace_id.hex()}"
        yield f"     -> ID: {link.span_id.hex()}"
        yield f"     -> TraceState: {line(link.trace_state)}".rstrip()
        if link.flags:
            yield f"     -> Flags: {link.flags:#x}"
        yield f"     -> DroppedAttributesCount: {link.dropped_attributes_count}"
        yield from attributes("     -> Attributes:", link.attributes, "          ")


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else str(number)
