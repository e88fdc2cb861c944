"""Serves unary gRPC calls of raw bytes on grpcio."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final  # Any: grpcio has no types
from urllib.parse import unquote

import grpc
import grpc.aio

from penstock_api import Deadline, GrpcServerConfig, StartError, Tasks, TlsServerConfig, split_endpoint
from penstock_receiver_otlp.transport import Address, Handler, Pairs

__all__ = ("GrpcTransport",)

_Context = Any  # Any: grpcio has no types
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


class _Call:
    """One call. grpcio has read, checked and inflated the message before."""

    __slots__ = ("_context", "_message")

    method = "POST"

    def __init__(self, message: bytes, context: _Context) -> None:
        self._message = message
        self._context = context

    @property
    def headers(self) -> Pairs:
        return [(_bytes(name), _bytes(value)) for name, value in self._context.invocation_metadata()]

    @property
    def peer(self) -> str:
        peer: str = self._context.peer()  # `ipv4:127.0.0.1:4317`, `ipv6:%5B::1%5D:4317`, `unix:`
        return unquote(peer) if peer.startswith("unix") else unquote(peer.partition(":")[2])

    async def body(self, limit: int) -> bytes:  # noqa: ARG002 - the library holds to its own limit
        return self._message


class GrpcTransport:
    """A `transport.Transport` for gRPC."""

    def __init__(self, config: GrpcServerConfig, routes: Mapping[str, Handler], tasks: Tasks) -> None:
        """Serve `routes`, whose paths are `/service/method`."""
        self._config = config
        self._routes = routes
        self._tasks = tasks
        self._server: Any = None  # Any: grpcio has no types
        self._address: Address = ("", 0)
        self._stopping = False

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        server = grpc.aio.server(options=_options(self._config))
        for path, handler in self._routes.items():
            service, _, method = path.removeprefix("/").rpartition("/")
            behaviour = grpc.unary_unary_rpc_method_handler(_serve(handler))
            server.add_registered_method_handlers(service, {method: behaviour})
        self._address = self._bind(server)
        await server.start()
        self._server = server
        self._tasks.spawn(self._watch(server), name="grpc server")

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting calls finish by `deadline`."""
        self._stopping = True
        server, self._server = self._server, None
        if server is not None:
            await server.stop(deadline.remaining())
            await server.wait_for_termination()

    async def _watch(self, server: Any) -> None:  # Any: grpcio has no types
        """Notice a server that ends by itself."""
        await server.wait_for_termination()
        if not self._stopping:
            raise RuntimeError(f"the gRPC server on {self._config.endpoint} has stopped by itself")

    def _bind(self, server: Any) -> Address:  # Any: grpcio has no types
        config = self._config
        host, port = (config.endpoint, 0) if config.transport == "unix" else split_endpoint(config.endpoint)
        target = f"unix:{host}" if config.transport == "unix" else f"{_target(host)}:{port}"
        try:
            if config.tls is None:
                port = server.add_insecure_port(target)
            else:
                port = server.add_secure_port(target, _credentials(config.tls))
        except RuntimeError as error:  # the library tells the reason to stderr only
            raise StartError(
                f"cannot listen for gRPC on `endpoint` {config.endpoint}: "
                "the address is in use, or not one of this machine"
            ) from error
        return (host, 0) if config.transport == "unix" else (host, port)


def _credentials(tls: TlsServerConfig) -> Any:  # Any: grpcio has no types
    tls.context()  # says what is wrong with the files, which grpcio does not
    pems = tls.read()
    return grpc.ssl_server_credentials([(pems.key, pems.cert)], pems.client_ca or None, bool(pems.client_ca))


def _serve(handler: Handler) -> Callable[[bytes, _Context], Awaitable[bytes]]:
    async def serve(message: bytes, context: _Context) -> bytes:
        reply = await handler(_Call(message, context))
        if reply.status:
            context.set_code(_CODES[reply.status])
            context.set_details(reply.message)
            if reply.headers:
                context.set_trailing_metadata([(name.decode(), value) for name, value in reply.headers])
        return reply.body

    return serve


def _target(host: str) -> str:
    if not host:
        return "[::]"
    return f"[{host}]" if ":" in host else host


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _options(config: GrpcServerConfig) -> list[tuple[str, int]]:
    """The server's channel arguments. Without `so_reuseport` 0, two servers would share a port unnoticed."""
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", config.max_message_bytes),
    ]
    if config.max_concurrent_streams:
        options.append(("grpc.max_concurrent_streams", config.max_concurrent_streams))
    return options + (_keepalive(config) if config.keepalive is not None else [])


def _keepalive(config: GrpcServerConfig) -> list[tuple[str, int]]:
    assert config.keepalive is not None
    server, clients = config.keepalive.server_parameters, config.keepalive.enforcement_policy
    seconds = {}
    if server is not None:
        seconds = {
            "grpc.max_connection_idle_ms": server.max_connection_idle,
            "grpc.max_connection_age_ms": server.max_connection_age,
            "grpc.max_connection_age_grace_ms": server.max_connection_age_grace,
            "grpc.keepalive_time_ms": server.time,
            "grpc.keepalive_timeout_ms": server.timeout,
        }
    if clients is not None:
        seconds["grpc.http2.min_ping_interval_without_data_ms"] = clients.min_time
    options = [(name, max(1, round(value * 1000))) for name, value in seconds.items() if value > 0]
    if clients is not None:
        options.append(("grpc.keepalive_permit_without_calls", int(clients.permit_without_stream)))
    return options
