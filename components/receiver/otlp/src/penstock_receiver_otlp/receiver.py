"""The receiver: the servers of one component id, shared by its signals."""

import asyncio
from collections.abc import Mapping

from penstock_api import AnyBatch, Consumer, Deadline, ServerAuth, Settings, Signal, StartError
from penstock_receiver_otlp.config import OtlpGrpcConfig, OtlpHttpConfig, OtlpReceiverConfig
from penstock_receiver_otlp.intake import Intake
from penstock_receiver_otlp.transport import Address, Transport

__all__ = ("OtlpReceiver",)


class OtlpReceiver:
    """Serves the signals that are connected before `start`; senders of others are told so."""

    def __init__(
        self,
        settings: Settings,
        config: OtlpReceiverConfig,
        *,
        auth: Mapping[str, ServerAuth] | None = None,
    ) -> None:
        """`auth` decides who may send over `grpc` and `http`; a protocol without it takes from everybody."""
        self._settings = settings
        self._config = config.protocols
        self._auth = auth or {}
        self._intakes: dict[str, list[Intake]] = {"grpc": [], "http": []}
        self._servers: dict[str, Transport] = {}

    def connect(self, signal: Signal, onward: Consumer[AnyBatch]) -> None:
        """Have batches of `signal` pushed into `onward`."""
        for protocol, config in (("grpc", self._config.grpc), ("http", self._config.http)):
            if config is not None:
                intake = Intake(
                    self._settings,
                    signal,
                    onward,
                    protocol,
                    metadata=config.include_metadata,
                    auth=self._auth.get(protocol),
                )
                self._intakes[protocol].append(intake)

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Where each protocol listens, while it does: the real port where the config says 0."""
        return {protocol: server.address for protocol, server in self._servers.items()}

    async def start(self) -> None:
        """Listen. Raises `StartError`, and then listens nowhere."""
        try:
            if self._config.grpc is not None:
                await self._serve("grpc", self._make_grpc(self._config.grpc), self._config.grpc.endpoint)
            if self._config.http is not None:
                await self._serve("http", self._make_http(self._config.http), self._config.http.endpoint)
        except StartError:
            await self.shutdown(Deadline.after(self._settings.clock, 0))
            raise

    async def shutdown(self, deadline: Deadline) -> None:
        """Accept nothing more, let requests under way finish by `deadline`, and close."""
        servers, self._servers = self._servers, {}
        await asyncio.gather(*(server.shutdown(deadline) for server in servers.values()))

    async def _serve(self, protocol: str, server: Transport, endpoint: str) -> None:
        self._servers[protocol] = server
        await server.start()
        host, port = server.address
        self._settings.log.info(
            "listening", extra={"protocol": protocol, "endpoint": endpoint, "host": host, "port": port}
        )

    def _make_grpc(self, config: OtlpGrpcConfig) -> Transport:
        from penstock_receiver_otlp.grpc_export import (  # noqa: PLC0415 - paid for when served
            METHODS,
            Admission,
            GrpcExport,
        )
        from penstock_receiver_otlp.grpc_transport import GrpcTransport  # noqa: PLC0415

        intakes, auth = self._intakes["grpc"], self._auth.get("grpc")
        methods = {METHODS[intake.signal]: GrpcExport(intake) for intake in intakes}
        guard = Admission(auth, intakes[0]) if auth is not None else None
        return GrpcTransport(config, methods, self._settings, guard)

    def _make_http(self, config: OtlpHttpConfig) -> Transport:
        from penstock_receiver_otlp.http_routes import http_routes  # noqa: PLC0415 - paid for when served
        from penstock_receiver_otlp.http_transport import HttpTransport  # noqa: PLC0415

        routes = http_routes(config, self._intakes["http"])
        return HttpTransport(config, routes, self._settings)
