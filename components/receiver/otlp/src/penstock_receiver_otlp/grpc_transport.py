"""Serves unary gRPC calls of raw bytes on the wire."""

from collections.abc import Mapping
from typing import Final

from penstock_api import Deadline, Settings
from penstock_receiver_otlp.config import OtlpGrpcConfig
from penstock_receiver_otlp.limits import grpc_limits
from penstock_receiver_otlp.server import WireServer
from penstock_receiver_otlp.transport import Address
from penstock_wire.grpc.health import Health
from penstock_wire.grpc.server import GrpcHandler, Guard, Method
from penstock_wire.h2.server import ServerConnection

__all__ = ("GrpcTransport",)

_ALPN: Final = ("h2",)


class GrpcTransport:
    """A `transport.Transport` for gRPC."""

    def __init__(
        self,
        config: OtlpGrpcConfig,
        methods: Mapping[str, Method],
        settings: Settings,
        guard: Guard | None = None,
    ) -> None:
        """Serve `methods`, whose paths are `/service/method`, to those whom `guard` lets in.

        Everybody may ask for the health of their services.
        """
        self._guard = guard
        self._config = config
        self._methods = methods
        self._health = Health()
        for path in methods:
            self._health.set(path.split("/")[1], serving=True)
        shared = config.reuse_port or settings.reuse_port
        self._server = WireServer(config, settings, "gRPC", _ALPN, reuse_port=shared)

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._server.address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        limit, health = self._config.max_message_bytes, self._health.methods
        calls = GrpcHandler(self._methods, limit, self._guard, public=health)
        service = self._server.service(
            calls, grpc_limits(self._config), refuse=calls.refuse, timeout=calls.timeout
        )
        await self._server.start(service, lambda: ServerConnection(service))

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting calls finish by `deadline`."""
        self._health.leave()
        await self._server.shutdown(deadline)
