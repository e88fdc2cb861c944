"""How requests reach the server: a body to one URL, the response back. Knows nothing of OTLP.

The only module that knows httpx, which is loaded when the exporter starts.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from penstock_api import HttpClientConfig, StartError

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from httpx import AsyncClient, Limits
    from httpx import Response as HttpxResponse

__all__ = ("HttpxTransport", "PostError", "Response", "Transport")

_MAX_BODY: Final = 64 * 1024


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

    async def post(self, body: bytes, /) -> Response:
        """The response to `body`. Raises `PostError` when there is none."""
        ...

    async def close(self) -> None:
        """Close all connections; safe before `start` and twice."""


class HttpxTransport:
    """The transport on httpx: HTTP/1.1."""

    def __init__(self, config: HttpClientConfig, url: str, headers: Mapping[str, str]) -> None:
        """`headers` are sent with every request, the user's over them."""
        self._config = config
        self._url = url
        own = {name.lower(): value.reveal() for name, value in config.headers.items()}
        # A response is small: asking for a plain one saves looking for bombs.
        merged = {"accept-encoding": "identity", **headers, **own}
        self._headers = [(name.encode(), value.encode()) for name, value in merged.items()]
        name = config.tls.server_name_override
        self._extensions = {"sni_hostname": name} if name else {}
        self._client: AsyncClient | None = None

    async def start(self) -> None:
        """Make the client, which connects when it is used."""
        import httpx  # noqa: PLC0415 - loaded when it runs

        # It logs every request.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        try:
            self._client = httpx.AsyncClient(
                headers=self._headers,
                cookies=self._cookies(),
                limits=self._limits(),
                proxy=self._config.proxy_url or None,
                trust_env=not self._config.proxy_url,
                timeout=None,  # noqa: S113 - the caller cancels
                verify=self._config.tls.context(),
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise StartError(f"the proxy in the environment cannot be used: {error}") from error

    async def post(self, body: bytes, /) -> Response:
        """Send one request, on a kept connection if there is one."""
        import httpx  # noqa: PLC0415 - loaded by `start`

        assert self._client is not None
        try:
            async with self._client.stream(
                "POST", self._url, content=body, extensions=self._extensions
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, headers, await _head(response))
        except httpx.HTTPError as error:
            raise PostError(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close the client; requests under way fail."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _limits(self) -> "Limits":
        from httpx import Limits  # noqa: PLC0415 - loaded by `start`

        config = self._config
        kept = config.max_idle_conns_per_host or config.max_idle_conns or None
        return Limits(
            max_connections=config.max_conns_per_host or None,
            max_keepalive_connections=0 if config.disable_keep_alives else kept,
            keepalive_expiry=config.idle_conn_timeout or None,
        )

    def _cookies(self) -> "CookieJar":
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415 - loaded with httpx

        return CookieJar(DefaultCookiePolicy(allowed_domains=None if self._config.cookies else ()))


async def _head(response: "HttpxResponse") -> bytes:
    """The first 64 KiB of the body; nothing if it breaks off, since the status says what matters."""
    from httpx import HTTPError  # noqa: PLC0415 - loaded by `start`

    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= _MAX_BODY:
                break
    except HTTPError:
        return b""
    return bytes(body[:_MAX_BODY])
