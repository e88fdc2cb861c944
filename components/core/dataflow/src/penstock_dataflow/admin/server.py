"""Serves the interface."""

from collections.abc import Callable, Mapping
from typing import Any  # Any: JSON, ASGI's own messages

from penstock_api import Deadline, Settings
from penstock_api.reloading import read_text
from penstock_api.serving import App, HttpServer
from penstock_dataflow.config import HttpAdmin
from penstock_dataflow.controller import ControlPlane

__all__ = ("AdminServer",)


class AdminServer:
    """The interface of one engine: `start` listens, `shutdown` lets requests finish."""

    def __init__(
        self,
        settings: Settings,
        config: HttpAdmin,
        plane: ControlPlane,
        shown: Callable[[], Mapping[str, Any]],
        resource: Mapping[str, str],
    ) -> None:
        """`shown` gives the configuration with secrets hidden; `resource` says who is speaking."""
        self._config = config
        self._make: Callable[[], App] = lambda: _made(plane, config, shown, resource)
        self._app: App | None = None
        self._server = HttpServer(settings, config.bind_address, self._serve)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; port 0 before `start`."""
        return self._server.address

    async def start(self) -> None:
        """Listen. Raises `StartError` when the address, or the token of the file, cannot be had."""
        if self._config.token_file:
            read_text(self._config.token_file)
        await self._server.start()

    async def shutdown(self, deadline: Deadline) -> None:
        """Stop listening, and let requests finish by `deadline`."""
        await self._server.shutdown(deadline)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        """The application is made with the first request: it takes a while to load."""
        if self._app is None:
            self._app = self._make()
        await self._app(scope, receive, send)


def _made(
    plane: ControlPlane,
    config: HttpAdmin,
    shown: Callable[[], Mapping[str, Any]],
    resource: Mapping[str, str],
) -> App:
    from penstock_dataflow.admin.app import make_app  # noqa: PLC0415 - starlette is slow to load

    return make_app(plane, config, shown, resource)
