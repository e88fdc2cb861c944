"""Where a client connects to, and how: addresses, TLS, proxies."""

import asyncio
import base64
import ipaddress
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final  # Any: addresses of any family
from urllib.parse import unquote, urlsplit

from penstock_wire.errors import DisconnectedError

__all__ = ("Address", "Dialer", "Proxy", "proxy_from_environment")

_Make = Callable[[], asyncio.Protocol]
_MAX_ANSWER: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `authorization` is the value of its header, empty for none."""

    host: str
    port: int
    authorization: bytes = b""

    @classmethod
    def from_url(cls, url: str) -> "Proxy":
        """The proxy at `url`. Raises `ValueError`."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"a proxy must be http://host:port: {parts.scheme}://{parts.hostname or ''}")
        token = b""
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            token = b"Basic " + base64.b64encode(user.encode())
        return cls(parts.hostname, parts.port or 80, token)


def proxy_from_environment(scheme: str, host: str) -> Proxy | None:
    """What `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say. Raises `ValueError`."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - large, and mostly of no use

    known = getproxies()
    url = known.get(scheme) or known.get("all")
    if not url or proxy_bypass(host):
        return None
    return Proxy.from_url(url)


@dataclass(frozen=True, slots=True)
class Address:
    """One place to connect to: of a host name's, or the path of a unix socket."""

    family: int
    where: Any  # Any: its form is the family's


class Dialer:
    """Connects to one host."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str = "",
        proxy: Proxy | None = None,
        tunnel: bool = False,
        path: str = "",
    ) -> None:
        """`path` is that of a unix socket, instead of host and port.

        `server_name` is expected in the certificate instead of the host. `tunnel` has the proxy connect
        through, as for TLS; without it the proxy takes the requests themselves.
        """
        self._host = host
        self._port = port
        self._tls = tls
        self._server_name = server_name or host
        self._proxy = proxy
        self._tunnels = proxy is not None and (tunnel or tls is not None)
        self._path = path

    async def resolve(self) -> tuple[Address, ...]:
        """The addresses, in the resolver's order. Raises `DisconnectedError`."""
        if self._path:
            return (Address(0, self._path),)
        host, port = self._host, self._port
        if self._proxy is not None:
            host, port = self._proxy.host, self._proxy.port
        if _is_numeric(host):  # needs no thread to look it up
            return (Address(0, (host, port)),)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=1)
        except OSError as error:
            raise DisconnectedError(f"{host} cannot be resolved: {error.strerror or error}") from error
        unique = {(family, where[:2]): Address(family, where) for family, _, _, _, where in found}
        return tuple(unique.values())

    async def connect(self, address: Address, make: _Make) -> None:
        """Connect what is made to `address`. Raises `DisconnectedError`."""
        try:
            await self._connect(address, make)
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise DisconnectedError(_reason(error)) from error

    async def _connect(self, address: Address, make: _Make) -> None:
        loop = asyncio.get_running_loop()
        name = self._server_name if self._tls is not None else None
        if self._path:
            await loop.create_unix_connection(make, self._path, ssl=self._tls, server_hostname=name)
            return
        host, port = address.where[:2]
        if not self._tunnels:
            await loop.create_connection(make, host, port, ssl=self._tls, server_hostname=name)
            return
        tunnel, _ = await loop.create_connection(lambda: _Tunnel(loop), host, port)
        try:
            await self._through(tunnel, make)
        except BaseException:
            tunnel.abort()
            raise

    async def _through(self, tunnel: asyncio.Transport, make: _Make) -> None:
        """Ask the proxy to connect through, and speak to the server from then on."""
        loop, proxy, protocol = asyncio.get_running_loop(), self._proxy, tunnel.get_protocol()
        assert proxy is not None
        assert isinstance(protocol, _Tunnel)
        target = f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"
        own = b"proxy-authorization: %s\r\n" % proxy.authorization if proxy.authorization else b""
        tunnel.write(f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n".encode() + own + b"\r\n")
        answer = await protocol.answer
        status = answer.split(b" ", 2)[1:2]
        if not answer.startswith(b"HTTP/1.") or not status or not status[0].startswith(b"2"):
            shown = answer.partition(b"\r\n")[0].decode("latin-1")
            raise DisconnectedError(f"the proxy does not connect through: {shown}")
        onward = make()
        if self._tls is None:
            tunnel.set_protocol(onward)
            onward.connection_made(tunnel)
            return
        tunnel.pause_reading()
        secure = await loop.start_tls(tunnel, onward, self._tls, server_hostname=self._server_name)
        assert secure is not None
        onward.connection_made(secure)


class _Tunnel(asyncio.Protocol):
    """Waits for the answer of a proxy."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.answer: asyncio.Future[bytes] = loop.create_future()
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self.answer.done():
            return
        if b"\r\n\r\n" in self._received:
            self.answer.set_result(self._received)
        elif len(self._received) > _MAX_ANSWER:
            self.answer.set_exception(DisconnectedError("the proxy's answer is too long"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(DisconnectedError(f"the proxy has closed the connection: {exc or ''}"))


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
