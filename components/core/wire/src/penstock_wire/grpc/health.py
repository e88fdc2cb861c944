"""The standard health service, `grpc.health.v1.Health`."""

from collections.abc import Mapping
from typing import Final

from penstock_wire.exchange import Request, Response
from penstock_wire.grpc.server import Method, failure, success
from penstock_wire.grpc.status import INTERNAL, UNIMPLEMENTED

__all__ = ("Health",)

_NOT_FOUND: Final = 5
_SERVING, _NOT_SERVING = 1, 2
_NAME: Final = 0x0A  # field 1, a string


class Health:
    """Tells whether services are up; the empty name stands for the whole server."""

    def __init__(self) -> None:
        self._serving: dict[bytes, bool] = {b"": True}

    def set(self, service: str, *, serving: bool) -> None:
        """`service` is up, or not."""
        self._serving[service.encode()] = serving

    def leave(self) -> None:
        """Nothing is up any more."""
        self._serving = dict.fromkeys(self._serving, False)

    @property
    def methods(self) -> Mapping[str, Method]:
        """For a `GrpcHandler`."""
        return {"/grpc.health.v1.Health/Check": self._check, "/grpc.health.v1.Health/Watch": _watch}

    def _check(self, message: bytes, request: Request) -> Response:  # noqa: ARG002 - a `Method`
        try:
            serving = self._serving.get(_service(message))
        except (IndexError, ValueError):
            return failure(INTERNAL, "the health request is malformed")
        if serving is None:
            return failure(_NOT_FOUND, "unknown service")
        return success(bytes((0x08, _SERVING if serving else _NOT_SERVING)))


def _watch(message: bytes, request: Request) -> Response:  # noqa: ARG001 - a `Method`
    """It is no unary call. Clients take this answer as: do not ask again, it is up."""
    return failure(UNIMPLEMENTED, "health cannot be watched")


def _service(message: bytes) -> bytes:
    """The one field of a `HealthCheckRequest`."""
    if not message:
        return b""
    size, at = message[1], 2
    if size > 0x7F:
        size, at = size & 0x7F | message[2] << 7, 3
    if message[0] != _NAME or len(message) != at + size:
        raise ValueError
    return message[at:]
