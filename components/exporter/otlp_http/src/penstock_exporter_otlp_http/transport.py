"""How requests reach the server: a body to one URL, the response back. Knows nothing of OTLP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from penstock_api import AuthHeaders, ClientAuth, HttpClientConfig, Settings, StartError
from penstock_exporter_otlp_http.versions import connection_maker, is_negotiated, pool_limits

if TYPE_CHECKING:
    from penstock_exporter_otlp_http.cookies import Cookies
    from penstock_wire.dial import Dialer, Proxy
    from penstock_wire.exchange import Head, Pairs
    from penstock_wire.pool import Pool

__all__ = ("PostError", "Response", "Transport", "WireTransport")

_UNAUTHORIZED: Final = 401
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Response:
    """A response; header names are lower case, and of the body at most 64 KiB are kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PostError(Exception):
    """There was no response."""


class Transport(Protocol):
    """One URL of one server."""

    async def start(self) -> None:
        """Get ready; the first request connects. Raises `StartError`."""

    async def post(self, body: Sequence[bytes], /) -> Response:
        """The response to the pieces of a body. Raises `PostError` when there is none."""
        ...

    async def close(self) -> None:
        """Close all connections; safe before `start` and twice."""


class WireTransport:
    """The transport on the wire: HTTP/2 where a server of TLS chooses that, otherwise HTTP/1.1."""

    def __init__(
        self,
        config: HttpClientConfig,
        url: str,
        headers: Mapping[str, str],
        settings: Settings,
        auth: ClientAuth | None = None,
    ) -> None:
        """`headers` are sent with every request, the user's over them, and over those what `auth` gives."""
        self._auth = auth
        self._proof: AuthHeaders = ()
        self._config = config
        self._url = url
        self._settings = settings
        self._clock = settings.clock
        own = {name.lower(): value.reveal() for name, value in config.headers.items()}
        # A response is small: asking for a plain one saves looking for bombs.
        self._headers = {"accept": "*/*", "accept-encoding": "identity", **headers, **own}
        self._pool: Pool | None = None
        self._cookies: Cookies | None = None

    async def start(self) -> None:
        """Make the pool, which connects when it is used."""
        from penstock_wire.pool import Pool  # noqa: PLC0415 - loaded when it runs

        if self._config.cookies is not None:
            from penstock_exporter_otlp_http.cookies import Cookies  # noqa: PLC0415 - who uses them pays

            self._cookies = Cookies(self._url)
        proxy = self._proxy()
        self._head = self._proven = self._make_head(absolute=proxy is not None)
        clock = self._clock
        negotiates = is_negotiated(self._config, self._url)
        make = connection_maker(self._config, clock, negotiates=negotiates)
        limits = pool_limits(self._config, negotiates=negotiates)
        self._pool = Pool(self._dialer(proxy), make, clock=clock, limits=limits)

    async def post(self, body: Sequence[bytes], /) -> Response:
        """Send one request, on a kept connection if there is one."""
        auth = self._auth
        if auth is None:
            return await self._post(self._head, body)
        headers = await auth.headers()
        response = await self._post(self._proving(headers), body)
        if response.status == _UNAUTHORIZED and await auth.refused(headers):
            response = await self._post(self._proving(await auth.headers()), body)
        return response

    def _proving(self, headers: AuthHeaders) -> "Head":
        if headers is not self._proof:
            pairs = tuple((name.encode(), value.encode()) for name, value in headers)
            self._proof, self._proven = headers, self._head.with_headers(pairs)
        return self._proven

    async def _post(self, head: "Head", body: Sequence[bytes]) -> Response:
        from penstock_wire.errors import WireError  # noqa: PLC0415 - loaded by `start`

        assert self._pool is not None
        cookies = self._cookies
        if cookies is not None:
            head = cookies.add(head)
        try:
            response = await self._pool.request(head, body)
        except WireError as error:
            raise PostError(f"{type(error).__name__}: {error}") from error
        if cookies is not None:
            cookies.keep(response.headers)
        return Response(response.status, _joined(response.headers), response.body())

    async def close(self) -> None:
        """Close the connections; requests under way fail."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    def _make_head(self, *, absolute: bool) -> "Head":
        from penstock_wire.exchange import Head  # noqa: PLC0415 - loaded by `start`

        parts = urlsplit(self._url)
        headers = dict(self._headers)
        host = headers.pop("host", "") or parts.netloc.rpartition("@")[2]
        if parts.username is not None:
            headers.setdefault("authorization", _basic(parts.username, parts.password or ""))
        if self._config.disable_keep_alives:
            headers["connection"] = "close"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if absolute and parts.scheme == "http":
            target = f"http://{parts.netloc.rpartition('@')[2]}{target}"
            headers |= self._proxy_headers
        pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
        scheme = parts.scheme.encode()
        return Head(b"POST", target.encode(), pairs, authority=host.encode(), scheme=scheme)

    def _proxy(self) -> "Proxy | None":
        from penstock_wire.dial import Proxy, proxy_from_environment  # noqa: PLC0415 - loaded by `start`

        parts = urlsplit(self._url)
        try:
            if self._config.proxy_url:
                proxy: Proxy | None = Proxy.from_url(self._config.proxy_url)
            else:
                proxy = proxy_from_environment(parts.scheme, parts.hostname or "")
        except ValueError as error:
            where = "of `proxy_url`" if self._config.proxy_url else "in the environment"
            raise StartError(f"the proxy {where} cannot be used: {error}") from error
        self._proxy_headers: dict[str, str] = {}
        if proxy is not None and proxy.authorization:
            self._proxy_headers["proxy-authorization"] = proxy.authorization.decode()
        return proxy

    def _dialer(self, proxy: "Proxy | None") -> "Dialer":
        from penstock_wire.dial import Dialer  # noqa: PLC0415 - loaded by `start`

        parts, tls = urlsplit(self._url), self._config.tls
        secure = parts.scheme == "https"
        # Also for plain text: what is wrong with the files is found at start.
        alpn = ("h2", "http/1.1") if is_negotiated(self._config, self._url) else ("http/1.1",)
        context = tls.context(self._settings, alpn) if secure or tls != type(tls)() else None
        return Dialer(
            parts.hostname or "",
            parts.port or _PORTS[parts.scheme],
            tls=context if secure else None,
            server_name=tls.server_name_override,
            proxy=proxy,
        )


def _basic(user: str, password: str) -> str:
    import base64  # noqa: PLC0415 - for URLs with a password

    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def _joined(pairs: "Pairs") -> dict[str, str]:
    """Headers by name; the values of one that comes several times are joined (RFC 9110, section 5.3)."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined
