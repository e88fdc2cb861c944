"""Reads what a server answers to an OTLP trace request."""

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

__all__ = ("refusal",)


def refusal(body: bytes) -> str:
    """What a response body says against the request; empty when all of it was accepted."""
    if not body:
        return ""
    try:
        partial = ExportTraceServiceResponse.FromString(body).partial_success
    except DecodeError as error:
        return f"not an OTLP response: {error}"
    if not partial.rejected_spans:
        return ""
    return f"{partial.rejected_spans} spans rejected: {partial.error_message}"
