"""OTLP over HTTP: media types, content encodings, and what is replied to a request."""

from typing import Final

from penstock_api import ConsumeError, DeniedError, MalformedError, PartialError
from penstock_receiver_otlp.inflate import Inflate
from penstock_receiver_otlp.intake import Intake
from penstock_receiver_otlp.outcome import http_status, message_of, retry_after, status_of
from penstock_receiver_otlp.status import export_response, export_response_json
from penstock_receiver_otlp.transport import Call, FixedPairs, Pairs, Reply, TooLargeError

__all__ = ("HttpExport",)

_PROTOBUF: Final = b"application/x-protobuf"
_JSON: Final = b"application/json"
_HEADERS: Final = {one: ((b"content-type", one),) for one in (_PROTOBUF, _JSON)}
_TEXT: Final = ((b"content-type", b"text/plain; charset=utf-8"),)
_DONE: Final = {_PROTOBUF: Reply(200, b"", _HEADERS[_PROTOBUF]), _JSON: Reply(200, b"{}", _HEADERS[_JSON])}
_WRONG_METHOD: Final = Reply(405, b"405 method not allowed, supported: [POST]", (*_TEXT, (b"allow", b"POST")))
_WRONG_TYPE: Final = Reply(
    415, b"415 unsupported media type, supported: [application/json, application/x-protobuf]", _TEXT
)


class HttpExport:
    """A `transport.Handler` for one signal."""

    def __init__(self, intake: Intake, limit: int, encodings: dict[bytes, Inflate | None]) -> None:
        """Take bodies of at most `limit` bytes, before and after undoing one of `encodings`."""
        self._intake = intake
        self._limit = limit
        self._encodings = encodings

    async def __call__(self, call: Call) -> Reply:
        """Take one request."""
        if call.method != "POST":
            return _WRONG_METHOD
        media, encoding = _described(call.headers)
        if media not in _DONE:
            return _WRONG_TYPE
        try:
            intake, auth = self._intake, self._intake.auth
            if auth is None:
                client = intake.client(call.peer, call.headers)
            else:
                client = await intake.admit(auth, call.peer, call.headers)
            make = intake.batches.from_json if media == _JSON else intake.batches.from_wire
            partial = await intake.offer(make(self._body(call, encoding), client))
        except ConsumeError as error:
            return _refusal(error, media)
        return _DONE[media] if partial is None else self._in_part(partial, media)

    def _body(self, call: Call, encoding: bytes) -> bytes:
        try:
            inflate = self._encodings[encoding]
        except KeyError:
            shown = encoding.decode("latin-1")
            raise MalformedError(f"content encoding is not supported: {shown!r}") from None
        try:
            body = call.body(self._limit)
            return inflate(body, self._limit) if inflate is not None and body else body
        except TooLargeError:
            raise MalformedError(f"request body is larger than {self._limit} bytes") from None

    def _in_part(self, partial: PartialError, media: bytes) -> Reply:
        if media == _JSON:
            body = export_response_json(self._intake.signal, partial.rejected, message_of(partial))
        else:
            body = export_response(partial.rejected, message_of(partial))
        return Reply(200, body, _HEADERS[media])


def _described(headers: Pairs) -> tuple[bytes, bytes]:
    """Media type without parameters, and content encoding."""
    media = encoding = b""
    for name, value in headers:
        if name == b"content-type":
            media = value if value in _DONE else value.partition(b";")[0].strip().lower()
        elif name == b"content-encoding":
            encoding = value.strip().lower()
    return media, encoding


def _refusal(error: ConsumeError, media: bytes) -> Reply:
    status = status_of(error)
    headers: FixedPairs = _HEADERS[media]
    if status.after is not None:
        headers = (*headers, (b"retry-after", retry_after(status.after)))
    if isinstance(error, DeniedError) and error.challenge:
        headers = (*headers, (b"www-authenticate", error.challenge.encode("latin-1", "replace")))
    body = status.to_json() if media == _JSON else status.to_bytes()
    return Reply(http_status(status.code), body, headers)
