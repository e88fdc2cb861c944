"""OTLP over gRPC: the services, and what is replied to a call."""

from typing import Final

from penstock_api import Client, ConsumeError, Signal
from penstock_receiver_otlp.intake import Intake
from penstock_receiver_otlp.outcome import message_of, status_of
from penstock_receiver_otlp.status import export_response
from penstock_receiver_otlp.transport import FixedPairs
from penstock_wire.exchange import Request, Response
from penstock_wire.grpc.metadata import decode_metadata
from penstock_wire.grpc.server import failure, success

__all__ = ("METHODS", "GrpcExport")

_PACKAGE: Final = "/opentelemetry.proto.collector"
METHODS: Final = {
    Signal.TRACES: f"{_PACKAGE}.trace.v1.TraceService/Export",
    Signal.METRICS: f"{_PACKAGE}.metrics.v1.MetricsService/Export",
    Signal.LOGS: f"{_PACKAGE}.logs.v1.LogsService/Export",
}
_DONE: Final = success()


class GrpcExport:
    """A method of the wire, for one signal."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, message: bytes, request: Request) -> Response:
        """Take one request."""
        intake = self._intake
        try:
            partial = await intake.offer(intake.batches.from_wire(message, self._client(request)))
        except ConsumeError as error:
            return _refusal(error)
        return _DONE if partial is None else success(export_response(partial.rejected, message_of(partial)))

    def _client(self, request: Request) -> Client:
        intake = self._intake
        headers = decode_metadata(request.head.headers) if intake.metadata else ()
        return intake.client(request.peer, headers)


def _refusal(error: ConsumeError) -> Response:
    status = status_of(error)
    trailers: FixedPairs = ()
    if status.after is not None:
        trailers = ((b"grpc-status-details-bin", status.to_bytes()),)
    return failure(status.code, status.message, trailers)
