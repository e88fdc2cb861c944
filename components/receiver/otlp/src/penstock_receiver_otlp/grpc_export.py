"""OTLP over gRPC: the services, and what is replied to a call."""

from typing import Final

from penstock_api import ConsumeError, Signal
from penstock_receiver_otlp.intake import Intake
from penstock_receiver_otlp.outcome import message_of, status_of
from penstock_receiver_otlp.status import export_response
from penstock_receiver_otlp.transport import Call, FixedPairs, Reply

__all__ = ("METHODS", "GrpcExport")

_PACKAGE: Final = "/opentelemetry.proto.collector"
METHODS: Final = {
    Signal.TRACES: f"{_PACKAGE}.trace.v1.TraceService/Export",
    Signal.METRICS: f"{_PACKAGE}.metrics.v1.MetricsService/Export",
    Signal.LOGS: f"{_PACKAGE}.logs.v1.LogsService/Export",
}
_DONE: Final = Reply(0)


class GrpcExport:
    """A `transport.Handler` for one signal."""

    def __init__(self, intake: Intake, limit: int) -> None:
        """Refuse messages larger than `limit` bytes, if the transport has not done so."""
        self._intake = intake
        self._limit = limit

    async def __call__(self, call: Call) -> Reply:
        """Take one request."""
        intake = self._intake
        try:
            body = call.body(self._limit)
            partial = await intake.offer(intake.batches.from_wire(body, intake.client(call)))
        except ConsumeError as error:
            return _refusal(error)
        return _DONE if partial is None else Reply(0, export_response(partial.rejected, message_of(partial)))


def _refusal(error: ConsumeError) -> Reply:
    status = status_of(error)
    trailers: FixedPairs = ()
    if status.after is not None:
        trailers = ((b"grpc-status-details-bin", status.to_bytes()),)
    return Reply(status.code, b"", trailers, status.message)
