"""The extension: a small HTTP server around the answer."""

from typing import Any  # Any: ASGI's own messages
from urllib.parse import parse_qs

from penstock_api import Deadline, ExtensionSettings
from penstock_api.serving import HttpServer, answer
from penstock_extension_health_check.config import HealthCheckConfig
from penstock_extension_health_check.health import Health

__all__ = ("HealthCheckExtension",)

_OFF = ("0", "false")
_HEADERS = ((b"cache-control", b"no-store"),)


class HealthCheckExtension:
    """Up before all other components and down after them: until the end it can say that the end is near."""

    def __init__(self, settings: ExtensionSettings, config: HealthCheckConfig) -> None:
        self._log = settings.log
        self._config = config
        self._health = Health(settings.host, settings.clock)
        self._server = HttpServer(settings, config.endpoint, self._answer, tls=config.tls)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._server.address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        await self._server.start()
        if self._config.check_collector_pipeline.enabled:
            self._log.warning("`check_collector_pipeline` has no effect")

    async def shutdown(self, deadline: Deadline) -> None:
        """Stop listening."""
        await self._server.shutdown(deadline)

    async def _answer(self, scope: Any, _receive: Any, send: Any) -> None:  # Any: ASGI
        if self._serves(scope["path"]):
            query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            verbose = query.get("verbose", _OFF)[-1].lower() not in _OFF
            status, kind, body = self._body(verbose=verbose)
        else:
            status, kind, body = 404, b"text/plain", b"404 page not found\n"
        await answer(scope, send, status, kind, body, headers=_HEADERS)

    def _serves(self, path: str) -> bool:
        own = self._config.path
        return path == own or (own.endswith("/") and path.startswith(own))

    def _body(self, *, verbose: bool) -> tuple[int, bytes, bytes]:
        good, texts = self._health.good, self._config.response_body
        status = 200 if good else 503
        text = (texts.healthy if good else texts.unhealthy) if texts else ""
        if text and not verbose:
            return status, b"text/plain; charset=utf-8", text.encode()
        return status, b"application/json", self._health.as_json(verbose=verbose)
