"""What the engine knows as JSON shows it; times as RFC 3339 in UTC, null for none."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final  # Any: JSON

from penstock_api import ConfigError, Series, StatusEvent
from penstock_dataflow.controller import CopyStatus, PipelineStatus, Rollout
from penstock_engine.extensions import ExtensionStatus

__all__ = ("extension_shape", "pipeline_shape", "problem_shapes", "rollout_shape", "series_shape")

_NS: Final = 1_000_000_000


def pipeline_shape(one: PipelineStatus) -> dict[str, Any]:
    """A pipeline with its copies."""
    return {
        "group": one.key.group,
        "name": one.key.name,
        "phase": one.phase,
        "generation": one.generation,
        "live": one.live,
        "ready": one.ready,
        "conditions": [
            {
                "kind": condition.kind,
                "met": condition.met,
                "reason": condition.reason,
                "message": condition.message,
                "since": _time(condition.since_wall_ns),
            }
            for condition in one.conditions
        ],
        "copies": [_copy(copy) for copy in one.copies],
        "rollout": one.rollout or None,
    }


def _copy(one: CopyStatus) -> dict[str, Any]:
    return {
        "index": one.index,
        "generation": one.generation,
        "phase": one.phase,
        "error": one.error,
        "restarts": one.restarts,
        "core": one.core,
        "since": _time(one.since_wall_ns),
        "nodes": {name: _event(event) for name, event in one.nodes.items()},
        "extensions": [extension_shape(extension) for extension in one.extensions],
    }


def _event(event: StatusEvent) -> dict[str, Any]:
    return {"status": event.status.value, "error": event.error, "since": _time(event.wall_ns)}


def extension_shape(one: ExtensionStatus) -> dict[str, Any]:
    """An extension, and who holds handles of it."""
    return {
        "id": one.id,
        "label": one.label,
        "state": str(one.state),
        "error": one.error,
        "ready": one.ready,
        "restarts": one.restarts,
        "capabilities": list(one.capabilities),
        "consumers": list(one.consumers),
    }


def rollout_shape(one: Rollout) -> dict[str, Any]:
    """A change, as far as it got."""
    return {
        "id": one.id,
        "pipeline": str(one.key),
        "kind": one.kind,
        "state": one.state,
        "error": one.error,
        "steps": list(one.steps),
        "generation": one.generation,
        "started": _time(one.started_wall_ns),
        "ended": _time(one.ended_wall_ns),
    }


def series_shape(series: Iterable[Series]) -> list[dict[str, Any]]:
    """Metrics; parts of a histogram each by itself, `suffix` says which."""
    return [
        {
            "name": one.name,
            "suffix": one.suffix,
            "kind": one.kind,
            "unit": one.unit,
            "attributes": dict(one.attributes),
            "value": one.value if one.value - one.value == 0 else None,
        }
        for one in series
    ]


def problem_shapes(error: ConfigError) -> list[dict[str, Any]]:
    """Every mistake of a configuration."""
    return [{"path": list(one.path), "what": one.what, "hint": one.hint} for one in error.problems]


def _time(wall_ns: int) -> str | None:
    if not wall_ns:
        return None
    return (
        datetime.fromtimestamp(wall_ns / _NS, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
