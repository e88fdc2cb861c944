"""The extension: a small HTTP server around the pages."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final  # Any: ASGI's own messages

from penstock_api import Deadline, ExtensionSettings, HasFeatureGates
from penstock_api.serving import HttpServer, answer
from penstock_extension_zpages import pages
from penstock_extension_zpages.config import ZPagesConfig
from penstock_extension_zpages.html import Html, join, page, tag

__all__ = ("ZPagesExtension",)

_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
    (b"x-content-type-options", b"nosniff"),
)
_HTML: Final = b"text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Page:
    """A page: its name, what is there, and the function that makes it."""

    name: str
    shows: str
    make: Callable[[], Html]


class ZPagesExtension:
    """Serves the pages, each made when it is asked for."""

    def __init__(self, settings: ExtensionSettings, config: ZPagesConfig) -> None:
        self._settings = settings
        self._config = config
        self._pages = _pages(settings)
        self._server = HttpServer(settings, config.endpoint, self._answer, tls=config.tls)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._server.address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        await self._server.start()

    async def shutdown(self, deadline: Deadline) -> None:
        """Stop listening."""
        await self._server.shutdown(deadline)

    async def _answer(self, scope: Any, _receive: Any, send: Any) -> None:  # Any: ASGI
        status, kind, text = self._page(scope["method"], scope["path"])
        await answer(scope, send, status, kind, text.encode(), headers=_HEADERS)

    def _page(self, method: str, path: str) -> tuple[int, bytes, str]:
        path = path.rstrip("/") or "/"
        if method not in ("GET", "HEAD"):
            return 405, b"text/plain", "405 method not allowed, supported: [GET, HEAD]\n"
        if path == "/debug/expvarz" and self._config.expvar.enabled:
            return 200, b"application/json", self._metrics()
        if path in self._pages:
            found = self._pages[path]
            return 200, _HTML, self._whole(found.name, found.make())
        if path in ("/", "/debug"):
            return 200, _HTML, self._whole("Debug pages", self._index())
        missing = tag("p", "There is no page at ", tag("code", path), ".")
        return 404, _HTML, self._whole("Not found", join((missing, self._index())))

    def _metrics(self) -> str:
        """JSON has no word for a value that is not a finite number."""
        found = self._settings.host.metrics().items()
        return json.dumps({name: value if math.isfinite(value) else None for name, value in found}, indent=1)

    def _whole(self, title: str, inside: Html) -> Html:
        links = (("/debug", "Pages"), *((path, one.name) for path, one in self._pages.items()))
        return page(title, self._settings.build.command, links, inside)

    def _index(self) -> Html:
        links = [(path, one.name, one.shows) for path, one in self._pages.items()]
        if self._config.expvar.enabled:
            links.append(("/debug/expvarz", "Metrics as JSON", "the collector's own metrics, for machines"))
        return pages.index(tuple(links))


def _pages(settings: ExtensionSettings) -> Mapping[str, _Page]:
    host = settings.host
    found = {
        "/debug/servicez": _Page(
            "Service", "this collector, its components and metrics", partial(pages.service, settings)
        ),
        "/debug/pipelinez": _Page(
            "Pipelines", "what feeds what, and how much", partial(pages.pipelines, settings)
        ),
        "/debug/extensionz": _Page("Extensions", "extensions", partial(pages.extensions, settings)),
    }
    if isinstance(host, HasFeatureGates):
        found["/debug/featurez"] = _Page("Features", "feature gates", partial(pages.features, host))
    return found
