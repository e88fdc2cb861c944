"""How calls reach the server: bytes to one gRPC method, bytes back. Knows nothing of OTLP."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from penstock_api import AuthHeaders, ClientAuth, GrpcClientConfig, Settings, StartError
from penstock_exporter_otlp_grpc.target import Target

if TYPE_CHECKING:
    from penstock_wire.dial import Dialer, Proxy
    from penstock_wire.exchange import Pairs
    from penstock_wire.grpc.client import GrpcMethod
    from penstock_wire.pool import Make, Pool, PoolLimits

__all__ = ("CallError", "Transport", "WireTransport")

_UNAUTHENTICATED: Final = 16


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

    async def call(self, request: Sequence[bytes], /) -> bytes:
        """The response to the pieces of a request. Raises `CallError`, also without a connection."""
        ...

    async def close(self) -> None:
        """Close the connections; safe before `start` and twice."""


class WireTransport:
    """The transport on HTTP/2 of the wire."""

    def __init__(
        self,
        config: GrpcClientConfig,
        method: str,
        *,
        user_agent: str,
        timeout: float,
        settings: Settings,
        auth: ClientAuth | None = None,
    ) -> None:
        """`method` is `/package.Service/Method`; `timeout` is told to the server, 0 for none.

        `auth` gives the headers that prove who sends.
        """
        self._auth = auth
        self._proof: tuple[AuthHeaders, Pairs] = (), ()
        self._config = config
        self._path = method
        self._user_agent = config.user_agent or user_agent
        self._timeout = timeout
        self._settings = settings
        self._clock = settings.clock
        self._pool: Pool | None = None
        self._method: GrpcMethod | None = None

    async def start(self) -> None:
        """Make the pool, which connects when it is used."""
        from penstock_wire.grpc.client import GrpcMethod  # noqa: PLC0415 - loaded when it runs
        from penstock_wire.pool import Pool  # noqa: PLC0415 - the same

        config, target = self._config, Target.parse(self._config.target)
        self._pool = Pool(self._dialer(target), self._make(), clock=self._clock, limits=self._limits())
        self._method = GrpcMethod(
            self._pool,
            self._path,
            clock=self._clock,
            authority=config.authority or config.tls.server_name_override or target.authority,
            metadata=self._metadata(),
            user_agent=self._user_agent,
            coding="" if config.compression == "none" else config.compression,
            timeout=self._timeout,
            is_secure=not config.plaintext,
        )

    async def call(self, request: Sequence[bytes], /) -> bytes:
        """Send one request; connects again by itself."""
        from penstock_wire.grpc.client import CallError as WireCallError  # noqa: PLC0415 - loaded by `start`

        assert self._method is not None
        auth = self._auth
        try:
            if auth is None:
                return await self._method.call(request)
            headers = await auth.headers()
            try:
                return await self._method.call(request, self._encoded(headers))
            except WireCallError as error:
                if error.code != _UNAUTHENTICATED or not await auth.refused(headers):
                    raise
            return await self._method.call(request, self._encoded(await auth.headers()))
        except WireCallError as error:
            raise CallError(error.code, error.message, error.details) from error

    def _encoded(self, headers: AuthHeaders) -> "Pairs":
        if headers is not self._proof[0]:
            self._proof = headers, tuple((name.encode(), value.encode()) for name, value in headers)
        return self._proof[1]

    async def close(self) -> None:
        """Close the connections; calls under way fail."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    def _dialer(self, target: Target) -> "Dialer":
        from penstock_wire.dial import Dialer  # noqa: PLC0415 - loaded by `start`

        context = None
        if not self._config.plaintext:
            context = self._config.tls.context(self._settings, ("h2",))
        return Dialer(
            target.host,
            target.port,
            tls=context,
            server_name=self._config.tls.server_name_override,
            proxy=None if target.path else _proxy(target.host),
            tunnel=True,
            path=target.path,
        )

    def _make(self) -> "Make":
        from penstock_wire.h2.client import ClientConnection, ClientLimits  # noqa: PLC0415 - by `start`
        from penstock_wire.h2.keepalive import KeepAlive, KeptAliveConnection  # noqa: PLC0415 - the same

        limits, rules = ClientLimits(), self._config.keepalive
        if rules is None:
            return partial(ClientConnection, limits, self._clock)
        keep_alive = KeepAlive(time=rules.time, timeout=rules.timeout, when_idle=rules.permit_without_stream)
        return partial(KeptAliveConnection, limits, self._clock, keep_alive=keep_alive)

    def _limits(self) -> "PoolLimits":
        from penstock_wire.pool import PoolLimits  # noqa: PLC0415 - loaded by `start`

        spreads = self._config.balancer_name == "round_robin"
        return PoolLimits(is_shared=True, spreads=spreads, waits=self._config.wait_for_ready)

    def _metadata(self) -> "Pairs":
        """The user's headers; the wire encodes the values of `-bin` names."""
        return tuple(
            (name.lower().encode(), value.reveal().encode()) for name, value in self._config.headers.items()
        )


def _proxy(host: str) -> "Proxy | None":
    """The proxy that the environment names, as gRPC libraries look for it."""
    from penstock_wire.dial import proxy_from_environment  # noqa: PLC0415 - loaded by `start`

    try:
        found = (proxy_from_environment(scheme, host) for scheme in ("grpc", "https", "http"))
        return next((proxy for proxy in found if proxy is not None), None)
    except ValueError as error:
        raise StartError(f"the proxy in the environment cannot be used: {error}") from error
