"""The ASGI application: routes made of the table, errors made into answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias  # Any: JSON

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock_api import ConfigError
from penstock_api.serving import App
from penstock_dataflow.admin.answers import RequestError, problem
from penstock_dataflow.admin.guard import Guard
from penstock_dataflow.admin.handlers import Handlers
from penstock_dataflow.admin.operations import OPERATIONS
from penstock_dataflow.admin.shapes import problem_shapes
from penstock_dataflow.config import HttpAdmin
from penstock_dataflow.controller import BusyError, ControlPlane, NotFoundError

__all__ = ("make_app",)

_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def make_app(
    plane: ControlPlane,
    config: HttpAdmin,
    shown: Callable[[], Mapping[str, Any]],
    resource: Mapping[str, str],
) -> App:
    """The interface of `plane`; `shown` gives its configuration with secrets hidden."""
    handlers = Handlers(plane, shown, resource)
    routes = [_route(path, by_method) for path, by_method in _paths(handlers).items()]
    errors = {
        RequestError: _request_error,
        ConfigError: _config_error,
        NotFoundError: _not_found,
        BusyError: _busy,
        HTTPException: _http_error,
        Exception: _failed,
    }
    app = Starlette(routes=routes, exception_handlers=errors)
    app.router.redirect_slashes = False
    return Guard(app, config)


def _paths(handlers: Handlers) -> Mapping[str, Mapping[str, _Handler]]:
    found: dict[str, dict[str, _Handler]] = {"/metrics": {"GET": handlers.metrics}}
    for one in OPERATIONS:
        found.setdefault(one.path, {})[one.method] = getattr(handlers, one.name)
    return found


def _route(path: str, by_method: Mapping[str, _Handler]) -> Route:
    async def handle(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, handle, methods=list(by_method))


async def _request_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return problem(error.status, error.detail)


async def _config_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ConfigError)
    return problem(422, "the configuration is wrong", problem_shapes(error))


async def _not_found(_: Request, error: Exception) -> Response:
    return problem(404, str(error))


async def _busy(_: Request, error: Exception) -> Response:
    return problem(409, str(error))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail.lower(), headers=error.headers)


async def _failed(_: Request, error: Exception) -> Response:
    """A defect of ours: the log tells what, the client only that."""
    return problem(500, type(error).__name__)
