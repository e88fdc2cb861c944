"""OTLP over gRPC: the services, and what is replied to a call."""

from typing import Final

from penstock_api import Client, ConsumeError, ServerAuth, Signal
from penstock_receiver_otlp.intake import Intake, anonymous
from penstock_receiver_otlp.outcome import message_of, status_of
from penstock_receiver_otlp.status import export_response
from penstock_receiver_otlp.transport import FixedPairs
from penstock_wire.exchange import Request, Response
from penstock_wire.grpc.metadata import decode_metadata
from penstock_wire.grpc.server import failure, success

__all__ = ("METHODS", "Admission", "GrpcExport")

_PACKAGE: Final = "/opentelemetry.proto.collector"
METHODS: Final = {
    Signal.TRACES: f"{_PACKAGE}.trace.v1.TraceService/Export",
    Signal.METRICS: f"{_PACKAGE}.metrics.v1.MetricsService/Export",
    Signal.LOGS: f"{_PACKAGE}.logs.v1.LogsService/Export",
}
_DONE: Final = success()


class _Admitted(Request):
    """A request of a sender who was let in."""

    __slots__ = ("client",)

    def __init__(self, request: Request, client: Client) -> None:
        super().__init__(request.head, request.parts, request.size, request.peer, request.trailers)
        self.client = client


class Admission:
    """A guard of the wire: asks `auth` before a message is looked at."""

    def __init__(self, auth: ServerAuth, intake: Intake) -> None:
        """Any of the server's intakes will do."""
        self._auth = auth
        self._intake = intake

    async def __call__(self, request: Request) -> Request | Response:
        """Let a request in, or refuse it."""
        headers = decode_metadata(request.head.headers)
        try:
            return _Admitted(request, await self._intake.admit(self._auth, request.peer, headers))
        except ConsumeError as error:
            return _refusal(error)


class GrpcExport:
    """A method of the wire, for one signal."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._offer = intake.offer
        self._make = intake.batches.from_wire
        self._is_anonymous = not intake.metadata and intake.auth is None

    async def __call__(self, message: bytes, request: Request) -> Response:
        """Take one request."""
        try:
            client = anonymous(request.peer) if self._is_anonymous else self._client(request)
            partial = await self._offer(self._make(message, client))
        except ConsumeError as error:
            return _refusal(error)
        return _DONE if partial is None else success(export_response(partial.rejected, message_of(partial)))

    def _client(self, request: Request) -> Client:
        if isinstance(request, _Admitted):
            return request.client
        intake = self._intake
        headers = decode_metadata(request.head.headers) if intake.metadata else ()
        return intake.client(request.peer, headers)


def _refusal(error: ConsumeError) -> Response:
    status = status_of(error)
    trailers: FixedPairs = ()
    if status.after is not None:
        trailers = ((b"grpc-status-details-bin", status.to_bytes()),)
    return failure(status.code, status.message, trailers)
