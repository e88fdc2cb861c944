"""What can be asked over HTTP: one table, from which the routes and the OpenAPI document are made."""

from dataclasses import dataclass
from typing import Final

__all__ = ("OPERATIONS", "PREFIX", "Operation")

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. `name` is the handler's; `answers` gives the schema for each status.

    `waits` are operations that begin a change: they take `wait`, `timeout_secs` and `drain_timeout_secs`.
    """

    name: str
    method: str
    path: str
    summary: str
    answers: tuple[tuple[int, str], ...]
    body: str = ""
    waits: bool = False
    query: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET"


_GROUP: Final = f"{PREFIX}/groups/{{group}}"
_PIPELINE: Final = f"{_GROUP}/pipelines/{{pipeline}}"
_MISSING: Final = (404, "Problem")
_BUSY: Final = (409, "Problem")
_WRONG: Final = (422, "Problem")
_BEGUN: Final = ((200, "Rollout"), (202, "Rollout"))
_PROBE: Final = ((200, "Probe"), (503, "Probe"))


def _get(
    name: str, path: str, summary: str, *answers: tuple[int, str], query: tuple[str, ...] = ()
) -> Operation:
    return Operation(name=name, method="GET", path=path, summary=summary, answers=answers, query=query)


OPERATIONS: Final = (
    _get("status", f"{PREFIX}/status", "Every pipeline and extension.", (200, "Status")),
    _get("livez", f"{PREFIX}/livez", "Whether every pipeline lives.", *_PROBE),
    _get("readyz", f"{PREFIX}/readyz", "Whether every pipeline is ready.", *_PROBE),
    _get("config", f"{PREFIX}/config", "The configuration that runs, secrets hidden.", (200, "Anything")),
    _get("document", f"{PREFIX}/openapi.json", "This document.", (200, "Anything")),
    _get(
        "metrics",
        f"{PREFIX}/telemetry/metrics",
        "The engine's own metrics.",
        (200, "Metrics"),
        query=("format",),
    ),
    _get("groups", f"{PREFIX}/groups", "The names of all groups.", (200, "Names")),
    _get("group", _GROUP, "The pipelines and extensions of a group.", (200, "Status"), _MISSING),
    Operation(
        name="create_group",
        method="POST",
        path=_GROUP,
        summary="Add a group without pipelines.",
        answers=((201, "Status"), _BUSY, _WRONG),
    ),
    Operation(
        name="delete_group",
        method="DELETE",
        path=_GROUP,
        summary="Drain and forget every pipeline of a group, and the group.",
        answers=((200, "Deleted"), _MISSING, _BUSY),
        query=("drain_timeout_secs",),
    ),
    _get("pipeline", _PIPELINE, "One pipeline.", (200, "Pipeline"), _MISSING),
    _get("pipeline_livez", f"{_PIPELINE}/livez", "Whether it lives.", *_PROBE, _MISSING),
    _get("pipeline_readyz", f"{_PIPELINE}/readyz", "Whether it is ready.", *_PROBE, _MISSING),
    Operation(
        name="apply",
        method="PUT",
        path=_PIPELINE,
        summary="Create the pipeline, or change it to the one in the body; undone when it fails.",
        answers=(*_BEGUN, _MISSING, _BUSY, _WRONG),
        body="Apply",
        waits=True,
    ),
    Operation(
        name="delete",
        method="DELETE",
        path=_PIPELINE,
        summary="Drain the pipeline and forget it.",
        answers=(*_BEGUN, _MISSING, _BUSY),
        waits=True,
    ),
    Operation(
        name="shut_down",
        method="POST",
        path=f"{_PIPELINE}/shutdown",
        summary="Drain the pipeline and keep it, stopped.",
        answers=(*_BEGUN, _MISSING, _BUSY),
        waits=True,
    ),
    _get("rollouts", f"{PREFIX}/rollouts", "Changes that run, and the last that ended.", (200, "Rollouts")),
    _get("rollout", f"{PREFIX}/rollouts/{{rollout}}", "One change.", (200, "Rollout"), _MISSING),
)
