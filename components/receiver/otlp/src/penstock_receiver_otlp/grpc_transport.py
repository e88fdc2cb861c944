"""Serves unary gRPC calls of raw bytes on the wire."""

import contextlib
import os
from collections.abc import Mapping
from typing import Final

from penstock_api import Deadline, GrpcServerConfig, Settings
from penstock_receiver_otlp.listen import address_of, listen
from penstock_receiver_otlp.transport import Address
from penstock_wire.grpc.server import GrpcHandler, Guard, Method
from penstock_wire.h2.server import ServerConnection
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

__all__ = ("GrpcTransport",)

_ALPN: Final = ("h2",)
_PREFIX: Final = 5  # what comes before a message
_SLOWEST: Final = 300.0
_STREAMS: Final = 1_000


class GrpcTransport:
    """A `transport.Transport` for gRPC."""

    def __init__(
        self,
        config: GrpcServerConfig,
        methods: Mapping[str, Method],
        settings: Settings,
        guard: Guard | None = None,
    ) -> None:
        """Serve `methods`, whose paths are `/service/method`, to those whom `guard` lets in."""
        self._guard = guard
        self._config = config
        self._methods = methods
        self._settings = settings
        self._server: Server | None = None
        self._address: Address = ("", 0)

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        config, settings = self._config, self._settings
        tls = config.tls.context(settings, _ALPN) if config.tls is not None else None
        listener = listen(config, "gRPC")
        self._address = address_of(listener)
        calls = GrpcHandler(self._methods, config.max_message_bytes, self._guard)
        service = Service(
            calls,
            limits=_limits(config),
            clock=settings.clock,
            spawn=lambda work: settings.tasks.spawn(work, name="grpc call"),
            failed=self._note_failed,
            refuse=calls.refuse,
            timeout=calls.timeout,
        )
        self._server = Server(service, lambda: ServerConnection(service))
        await self._server.start(listener, tls)

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting calls finish by `deadline`."""
        server, self._server = self._server, None
        if server is None:
            return
        await server.stop(deadline.remaining)
        if self._config.transport == "unix":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._config.endpoint)  # noqa: PTH108 - the endpoint is a string

    def _note_failed(self, error: BaseException) -> None:
        self._settings.log.error("call failed", exc_info=error)


def _limits(config: GrpcServerConfig) -> ServerLimits:
    """The wire's limits: a zero in the configuration is the wire's default."""
    keepalive = config.keepalive
    server = keepalive.server_parameters if keepalive is not None else None
    clients = keepalive.enforcement_policy if keepalive is not None else None
    given: dict[str, float] = {}
    if server is not None:
        given = {
            "idle_timeout": server.max_connection_idle,
            "max_age": server.max_connection_age,
            "max_age_grace": server.max_connection_age_grace,
            "keepalive_time": server.time,
            "keepalive_timeout": server.timeout,
        }
    if clients is not None:
        given["min_ping_interval"] = clients.min_time
    return ServerLimits(
        max_body=config.max_message_bytes + _PREFIX,
        max_concurrent_streams=config.max_concurrent_streams or _STREAMS,
        read_timeout=_SLOWEST,
        permit_idle_pings=clients is not None and clients.permit_without_stream,
        **{name: value for name, value in given.items() if value},  # type: ignore[arg-type]  # all are seconds
    )
