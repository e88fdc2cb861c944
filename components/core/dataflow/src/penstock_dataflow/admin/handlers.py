"""What is done for each operation; the methods carry the operations' names."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any  # Any: JSON

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from penstock_dataflow.admin.answers import answer
from penstock_dataflow.admin.document import document
from penstock_dataflow.admin.requests import choice, nothing_else, read_order, seconds
from penstock_dataflow.admin.shapes import extension_shape, pipeline_shape, rollout_shape, series_shape
from penstock_dataflow.controller import ControlPlane, NotFoundError, PipelineKey, Rollout
from penstock_engine.metrics import metrics_page

__all__ = ("Handlers",)

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Handlers:
    """Answers for one engine. `shown` gives its configuration with secrets hidden."""

    def __init__(
        self, plane: ControlPlane, shown: Callable[[], Mapping[str, Any]], resource: Mapping[str, str]
    ) -> None:
        self._plane = plane
        self._shown = shown
        self._resource = dict(resource)

    # -- what it shows ------------------------------------------------------------------------------

    async def status(self, request: Request) -> Response:
        """Every pipeline and extension."""
        nothing_else(request)
        return answer(self._status(None))

    async def livez(self, request: Request) -> Response:
        """Whether every pipeline lives."""
        nothing_else(request)
        return _probe(self._plane.live())

    async def readyz(self, request: Request) -> Response:
        """Whether every pipeline is ready."""
        nothing_else(request)
        return _probe(self._plane.ready())

    async def config(self, request: Request) -> Response:
        """The configuration that runs."""
        nothing_else(request)
        return answer(self._shown())

    async def document(self, request: Request) -> Response:
        """The OpenAPI document."""
        nothing_else(request)
        return answer(document())

    async def metrics(self, request: Request) -> Response:
        """The engine's own metrics."""
        nothing_else(request, "format")
        series = self._plane.metrics()
        if choice(request, "format", ("prometheus", "json"), "prometheus") == "json":
            return answer({"metrics": series_shape(series)})
        page = metrics_page(series, self._resource, type_suffix=True)
        return PlainTextResponse(page, media_type=_PROMETHEUS)

    async def groups(self, request: Request) -> Response:
        """The names of all groups."""
        nothing_else(request)
        return answer({"names": list(self._plane.config.groups)})

    async def group(self, request: Request) -> Response:
        """The pipelines and extensions of a group."""
        nothing_else(request)
        return answer(self._status(self._group(request)))

    async def pipeline(self, request: Request) -> Response:
        """One pipeline."""
        nothing_else(request)
        return answer(pipeline_shape(self._plane.pipeline(_key(request))))

    async def pipeline_livez(self, request: Request) -> Response:
        """Whether it lives."""
        nothing_else(request)
        return _probe(self._plane.pipeline(_key(request)).live)

    async def pipeline_readyz(self, request: Request) -> Response:
        """Whether it is ready."""
        nothing_else(request)
        return _probe(self._plane.pipeline(_key(request)).ready)

    async def rollouts(self, request: Request) -> Response:
        """Changes that run, and the last that ended."""
        nothing_else(request)
        return answer({"rollouts": [rollout_shape(one) for one in self._plane.rollouts()]})

    async def rollout(self, request: Request) -> Response:
        """One change."""
        nothing_else(request)
        return answer(rollout_shape(self._plane.rollout(request.path_params["rollout"])))

    # -- what it changes ----------------------------------------------------------------------------

    async def create_group(self, request: Request) -> Response:
        """Add a group."""
        nothing_else(request)
        name = request.path_params["group"]
        self._plane.create_group(name)
        return answer(self._status(name), 201)

    async def delete_group(self, request: Request) -> Response:
        """Drain and forget a group."""
        nothing_else(request, "drain_timeout_secs")
        drain = seconds(request, "drain_timeout_secs")
        problems = await self._plane.delete_group(self._group(request), drain_seconds=drain)
        return answer({"problems": list(problems)})

    async def apply(self, request: Request) -> Response:
        """Create or change a pipeline."""
        nothing_else(request, "wait", "timeout_secs")
        wait = _patience(request)
        order = await read_order(request)
        rollout = self._plane.apply(
            _key(request),
            order.pipeline,
            step_seconds=order.step_seconds,
            drain_seconds=order.drain_seconds,
        )
        return await _begun(rollout, wait)

    async def delete(self, request: Request) -> Response:
        """Drain and forget a pipeline."""
        nothing_else(request, "wait", "timeout_secs", "drain_timeout_secs")
        wait, drain = _patience(request), seconds(request, "drain_timeout_secs")
        return await _begun(self._plane.delete(_key(request), drain_seconds=drain), wait)

    async def shut_down(self, request: Request) -> Response:
        """Drain a pipeline and keep it."""
        nothing_else(request, "wait", "timeout_secs", "drain_timeout_secs")
        wait, drain = _patience(request), seconds(request, "drain_timeout_secs")
        return await _begun(self._plane.shut_down(_key(request), drain_seconds=drain), wait)

    # -- helpers ------------------------------------------------------------------------------------

    def _group(self, request: Request) -> str:
        name: str = request.path_params["group"]
        if name not in self._plane.config.groups:
            raise NotFoundError(f"no such group: {name}")
        return name

    def _status(self, group: str | None) -> dict[str, Any]:
        every = [one for one in self._plane.pipelines() if group in (None, one.key.group)]
        return {
            "live": self._plane.live() if group is None else all(one.live for one in every),
            "ready": self._plane.ready() if group is None else all(one.ready for one in every),
            "pipelines": [pipeline_shape(one) for one in every],
            "extensions": [extension_shape(one) for one in self._plane.extensions(group or "")],
        }


def _key(request: Request) -> PipelineKey:
    return PipelineKey(request.path_params["group"], request.path_params["pipeline"])


def _probe(ok: bool) -> Response:  # noqa: FBT001 - it is the whole of what is told
    return answer({"ok": ok}, 200 if ok else 503)


def _patience(request: Request) -> float:
    """How long to wait for the end of a change, in seconds."""
    longest = seconds(request, "timeout_secs")
    return longest if choice(request, "wait", ("true", "false"), "false") == "true" else 0.0


async def _begun(rollout: Rollout, patience: float) -> Response:
    """The change: 200 when it has ended, 202 when it goes on."""
    if patience and not rollout.done:
        try:
            async with asyncio.timeout(patience):
                await rollout.wait()
        except TimeoutError:
            pass
    return answer(rollout_shape(rollout), 200 if rollout.done else 202)
