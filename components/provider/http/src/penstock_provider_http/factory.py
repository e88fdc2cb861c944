"""The providers of schemes `http` and `https`."""

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from penstock_api import ConfigError, ProviderFactory, ProviderSettings, Retrieved, Stability

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import OpenerDirector

__all__ = ("HttpProvider", "http", "https")

_LIMIT: Final = 8 * 1024 * 1024
_TIMEOUT: Final = 30.0
_CHUNK: Final = 64 * 1024


class HttpProvider:
    """GETs a URL. Only status 200 will do; the answer is bounded in size and in time.

    `https` trusts the system's roots and is never redirected to `http`.
    """

    def __init__(self, scheme: str, _settings: ProviderSettings, *, timeout: float = _TIMEOUT) -> None:
        self._scheme = scheme
        self._timeout = timeout

    def retrieve(self, opaque: str, /) -> Retrieved:
        """The body of the answer; an empty one is null. Raises `ConfigError`."""
        # http.client and urllib take 40 ms to import: only who uses them waits.
        from http.client import HTTPException  # noqa: PLC0415
        from urllib.error import HTTPError, URLError  # noqa: PLC0415

        url = f"{self._scheme}:{opaque}"
        shown = _without_user(url)
        try:
            status, data = self._get(url)
        except HTTPError as error:
            error.close()
            status, data = error.code, b""
        except URLError as error:
            raise ConfigError.single(
                f'unable to download the file via HTTP GET for uri "{shown}": {error.reason}'
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            what = str(error) or type(error).__name__
            raise ConfigError.single(
                f'unable to download the file via HTTP GET for uri "{shown}": {what}'
            ) from None
        if status != 200:
            raise ConfigError.single(f'failed to load resource from uri "{shown}". status code: {status}')
        if len(data) > _LIMIT:
            raise ConfigError.single(f"larger than {_LIMIT // 1024 // 1024} MiB: {shown}")
        try:
            return Retrieved(data.decode() or None)
        except UnicodeDecodeError:
            raise ConfigError.single(f"not UTF-8: {shown}") from None

    def _get(self, url: str) -> tuple[int, bytes]:
        with self._opener().open(url, timeout=self._timeout) as answer:
            status: int = answer.status
            return status, self._read(answer)

    def _read(self, answer: "HTTPResponse") -> bytes:
        """The body, or one byte more than is allowed."""
        told, end = answer.length, time.monotonic() + self._timeout
        wanted = _LIMIT + 1 if told is None else min(told, _LIMIT + 1)
        data = bytearray()
        while len(data) < wanted and (chunk := answer.read1(min(_CHUNK, wanted - len(data)))):
            data += chunk
            if time.monotonic() > end:  # a socket's timeout is only for the next bytes
                raise TimeoutError("timed out")
        if told is not None and len(data) < wanted:
            raise ConnectionError(f"the connection ended after {len(data)} of {told} bytes")
        return bytes(data)

    def _opener(self) -> "OpenerDirector":
        from urllib.request import (  # noqa: PLC0415 - as above
            HTTPDefaultErrorHandler,
            HTTPErrorProcessor,
            HTTPHandler,
            HTTPRedirectHandler,
            HTTPSHandler,
            OpenerDirector,
            ProxyHandler,
            UnknownHandler,
        )

        opener = OpenerDirector()
        if self._scheme == "http":
            opener.add_handler(HTTPHandler())
        for handler in (
            HTTPSHandler(),
            ProxyHandler(),
            HTTPRedirectHandler(),
            HTTPErrorProcessor(),
            HTTPDefaultErrorHandler(),
            UnknownHandler(),
        ):
            opener.add_handler(handler)
        return opener


def _without_user(url: str) -> str:
    """`url` without name, password and query, which may be secret."""
    scheme, _, rest = url.partition("//")
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{scheme}//{host.rpartition('@')[2]}{slash}{path}"


def _factory(scheme: str) -> ProviderFactory:
    return ProviderFactory(
        kind=scheme, create=partial(HttpProvider, scheme), stability={"provider": Stability.BETA}
    )


http = _factory("http")
https = _factory("https")
