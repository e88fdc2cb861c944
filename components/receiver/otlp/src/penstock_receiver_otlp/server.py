"""A server of the wire, as both protocols have it: from a configuration to a socket that is served."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from typing import Any  # Any: options are the wire's

from penstock_api import Deadline, GrpcServerConfig, HttpServerConfig, Settings
from penstock_receiver_otlp.listen import address_of, listen
from penstock_receiver_otlp.transport import Address
from penstock_wire.exchange import Handler
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

__all__ = ("WireServer",)


class WireServer:
    """Listens where the configuration says."""

    def __init__(
        self,
        config: GrpcServerConfig | HttpServerConfig,
        settings: Settings,
        protocol: str,
        alpn: Sequence[str],
        *,
        reuse_port: bool,
    ) -> None:
        """`protocol` is its name in messages; `alpn` is what it offers to clients of TLS."""
        self._config = config
        self._settings = settings
        self._protocol = protocol
        self._alpn = alpn
        self._reuse_port = reuse_port
        self._server: Server | None = None
        self.address: Address = ("", 0)
        """Where it listens."""

    def service(self, handler: Handler, limits: ServerLimits, **options: Any) -> Service:  # Any: the wire's
        """What the connections share; `options` are those of `Service`."""
        settings = self._settings
        return Service(
            handler,
            limits=limits,
            clock=settings.clock,
            spawn=lambda work: settings.tasks.spawn(work, name=f"{self._protocol} request"),
            failed=self._note_failed,
            **options,
        )

    async def start(self, service: Service, make: Callable[[], asyncio.BaseProtocol]) -> None:
        """Serve with connections that `make` makes. Raises `StartError`."""
        config = self._config
        tls = config.tls.context(self._settings, self._alpn) if config.tls is not None else None
        listener = listen(config, self._protocol, reuse_port=self._reuse_port)
        self.address = address_of(listener)
        self._server = Server(service, make)
        await self._server.start(listener, tls)

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting requests finish by `deadline`; safe before `start`, and twice."""
        server, self._server = self._server, None
        if server is None:
            return
        await server.stop(deadline.remaining)
        if self._config.transport == "unix":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._config.endpoint)  # noqa: PTH108 - the endpoint is a string

    def _note_failed(self, error: BaseException) -> None:
        self._settings.log.error("request failed", extra={"protocol": self._protocol}, exc_info=error)
