"""How calls reach the server: bytes to one gRPC method, bytes back. Knows nothing of OTLP.

The only module that knows grpcio, which is loaded when the exporter starts.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from penstock_api import GrpcClientConfig

if TYPE_CHECKING:
    from grpc import ChannelCredentials
    from grpc.aio import Channel

__all__ = ("CallError", "GrpcioTransport", "Transport")

_MAX_BACKOFF_MS = 30_000


class CallError(Exception):
    """A call ended with another status than OK. `details` is its `grpc-status-details-bin`."""

    def __init__(self, code: int, message: str, details: bytes) -> None:
        super().__init__(code, message, details)
        self.code = code
        self.message = message
        self.details = details


class Transport(Protocol):
    """One method of one server."""

    async def start(self) -> None:
        """Get ready; the first call connects. Raises `StartError`."""

    async def call(self, request: bytes, /) -> bytes:
        """The response to `request`. Raises `CallError`, also when there is no connection."""
        ...

    async def close(self) -> None:
        """Close the connection; safe before `start` and twice."""


class GrpcioTransport:
    """The transport on grpcio."""

    def __init__(self, config: GrpcClientConfig, method: str, *, user_agent: str, timeout: float) -> None:
        """`method` is `/package.Service/Method`; `timeout` is told to the server, 0 for none."""
        self._config = config
        self._method = method
        self._user_agent = config.user_agent or user_agent
        self._timeout = timeout or None
        self._metadata = tuple(
            _metadata(name.lower(), value.reveal()) for name, value in config.headers.items()
        )
        self._channel: Channel | None = None
        self._unary: Callable[..., Awaitable[bytes]] | None = None

    async def start(self) -> None:
        """Make the channel, which connects when it is used."""
        from grpc import Compression, aio  # noqa: PLC0415 - half a second of imports, only when it runs

        compression = {"gzip": Compression.Gzip, "deflate": Compression.Deflate}.get(self._config.compression)
        target, options = self._config.target, self._options()
        if self._config.plaintext:
            channel = aio.insecure_channel(target, options, compression)
        else:
            channel = aio.secure_channel(target, self._credentials(), options, compression)
        self._channel, self._unary = channel, channel.unary_unary(self._method)

    async def call(self, request: bytes, /) -> bytes:
        """Send one request; grpcio connects again by itself."""
        from grpc.aio import AioRpcError  # noqa: PLC0415 - loaded by `start`

        assert self._unary is not None
        try:
            return await self._unary(
                request,
                timeout=self._timeout,
                metadata=self._metadata,
                wait_for_ready=self._config.wait_for_ready,
            )
        except AioRpcError as error:
            trailers = dict(error.trailing_metadata() or ())
            details = trailers.get("grpc-status-details-bin", b"")
            raise CallError(error.code().value[0], error.details() or "", details) from error

    async def close(self) -> None:
        """Close the channel; calls under way are cancelled."""
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    def _options(self) -> list[tuple[str, str | int]]:
        config = self._config
        options: list[tuple[str, str | int]] = [
            ("grpc.primary_user_agent", self._user_agent),
            ("grpc.lb_policy_name", config.balancer_name or "pick_first"),
            ("grpc.max_reconnect_backoff_ms", _MAX_BACKOFF_MS),
        ]
        if config.authority:
            options.append(("grpc.default_authority", config.authority))
        if config.tls.server_name_override:
            options.append(("grpc.ssl_target_name_override", config.tls.server_name_override))
        if config.keepalive is not None:
            options += [
                ("grpc.keepalive_time_ms", round(config.keepalive.time * 1000)),
                ("grpc.keepalive_timeout_ms", round(config.keepalive.timeout * 1000)),
                ("grpc.keepalive_permit_without_calls", int(config.keepalive.permit_without_stream)),
                ("grpc.http2.max_pings_without_data", 0),
            ]
        return options

    def _credentials(self) -> "ChannelCredentials":
        from grpc import ssl_channel_credentials  # noqa: PLC0415 - loaded by `start`

        self._config.tls.context()  # finds what is wrong with the files; grpcio would only fail to connect
        pems = self._config.tls.read()
        return ssl_channel_credentials(pems.ca or None, pems.key or None, pems.cert or None)


def _metadata(name: str, value: str) -> tuple[str, str | bytes]:
    """One entry; gRPC takes the values of `-bin` names as bytes."""
    return (name, value.encode()) if name.endswith("-bin") else (name, value)
