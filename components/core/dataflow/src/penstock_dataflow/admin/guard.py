"""Who may ask: the token, reading only, and no page of another site."""

import hmac
import ipaddress
from collections.abc import Callable
from typing import Any, Final  # Any: ASGI's own messages

from penstock_api import StartError
from penstock_api.reloading import read_text
from penstock_api.serving import App
from penstock_dataflow.admin.answers import problem
from penstock_dataflow.admin.operations import PREFIX
from penstock_dataflow.config import HttpAdmin

__all__ = ("Guard",)

_OPEN: Final = (f"{PREFIX}/livez", f"{PREFIX}/readyz")
"""Probes of an orchestrator: they tell a word and need no token."""
_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Guard:
    """An ASGI application in front of `app`."""

    def __init__(self, app: App, config: HttpAdmin) -> None:
        self._app = app
        self._read_only = config.read_only
        self._token = _token_of(config)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer what is refused, and hand on the rest."""

        async def sealed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        refused = self._refused(scope)
        await (refused or self._app)(scope, receive, sealed)

    def _refused(self, scope: Any) -> App | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        changes = scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if self._token is not None and scope["path"] not in _OPEN:
            if not _is_token(headers.get("authorization", ""), self._token):
                return problem(401, "the token is missing or wrong", headers={"www-authenticate": "Bearer"})
        elif self._token is None and not _is_here(headers.get("host", "")):
            return problem(403, "without a token the host must be `localhost` or an address")
        if changes and self._read_only:
            return problem(403, "it only shows: `engine.http_admin.read_only` is set")
        if changes and "origin" in headers:
            return problem(403, "pages of a browser change nothing here")
        return None


def _token_of(config: HttpAdmin) -> Callable[[], str] | None:
    """Gives the token now; a file is read every time, so that it can be replaced."""
    if config.token_file:
        return lambda: read_text(config.token_file)
    return config.token.reveal if config.token else None


def _is_token(shown: str, token: Callable[[], str]) -> bool:
    scheme, _, value = shown.partition(" ")
    try:
        wanted = token()
    except StartError:  # a token that cannot be read lets nobody in
        return False
    return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), wanted.encode())


def _is_here(host: str) -> bool:
    """Whether no name server had a hand in `host`: a page whose name resolves to us is turned away."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name in ("", "localhost"):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
