"""JSON Schemas of what is sent and answered."""

from collections.abc import Mapping
from typing import Any, Final  # Any: JSON

__all__ = ("QUERY", "SCHEMAS")

_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_TIME: Final = {"type": ["string", "null"], "format": "date-time"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_SECONDS: Final = {"type": "number", "exclusiveMinimum": 0, "maximum": 3600, "default": 60}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


_PATH: Final = {"type": "array", "items": {"type": ["string", "integer"]}}
_NODE: Final = _object(status=_TEXT, error=_TEXT, since=_TIME)
_CONDITION: Final = _object(kind=_TEXT, met=_FLAG, reason=_TEXT, message=_TEXT, since=_TIME)
_COPY: Final = _object(
    index=_COUNT,
    generation=_COUNT,
    phase=_TEXT,
    error=_TEXT,
    restarts=_COUNT,
    core={"type": ["integer", "null"]},
    since=_TIME,
    nodes={"type": "object", "additionalProperties": _NODE},
    extensions=_list("Extension"),
)
_SERIES: Final = _object(
    name=_TEXT,
    suffix=_TEXT,
    kind={"enum": ["counter", "gauge", "histogram"]},
    unit=_TEXT,
    attributes={"type": "object", "additionalProperties": _TEXT},
    value={"type": ["number", "null"]},
)
_PROBLEM: Final = _object(title=_TEXT, status={"type": "integer"}, detail=_TEXT)
_PROBLEM["properties"]["problems"] = {
    "type": "array",
    "items": _object(
        path={"type": "array", "items": {"type": ["string", "integer"]}}, what=_TEXT, hint=_TEXT
    ),
}

SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Anything": {"type": "object"},
    "Apply": {
        "type": "object",
        "properties": {
            "pipeline": {"type": "object", "description": "What a file has under the pipeline's name."},
            "step_timeout_secs": _SECONDS,
            "drain_timeout_secs": _SECONDS,
        },
        "required": ["pipeline"],
        "additionalProperties": False,
    },
    "Deleted": _object(problems=_TEXTS),
    "Extension": _object(
        id=_TEXT,
        label=_TEXT,
        state=_TEXT,
        error=_TEXT,
        ready={"type": ["boolean", "null"]},
        restarts=_COUNT,
        capabilities=_TEXTS,
        consumers=_TEXTS,
    ),
    "Metrics": _object(metrics={"type": "array", "items": _SERIES}),
    "Names": _object(names=_TEXTS),
    "Pipeline": _object(
        group=_TEXT,
        name=_TEXT,
        phase=_TEXT,
        generation=_COUNT,
        live=_FLAG,
        ready=_FLAG,
        conditions={"type": "array", "items": _CONDITION},
        copies={"type": "array", "items": _COPY},
        rollout={"type": ["string", "null"]},
    ),
    "Probe": _object(ok=_FLAG),
    "Problem": _PROBLEM,
    "Rollout": _object(
        id=_TEXT,
        pipeline=_TEXT,
        kind=_TEXT,
        state={"enum": ["running", "succeeded", "failed", "rolled_back", "rollback_failed"]},
        error=_TEXT,
        steps=_TEXTS,
        generation=_COUNT,
        started=_TIME,
        ended=_TIME,
    ),
    "Rollouts": _object(rollouts=_list("Rollout")),
    "Status": _object(live=_FLAG, ready=_FLAG, pipelines=_list("Pipeline"), extensions=_list("Extension")),
}

QUERY: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "wait": (
        "Answer when the change has ended, not when it has begun.",
        {"type": "boolean", "default": False},
    ),
    "timeout_secs": ("With `wait`, how long to wait; 202 is answered when it is over.", _SECONDS),
    "drain_timeout_secs": ("How long what is in flight has to be delivered.", _SECONDS),
    "format": ("Text for Prometheus, or JSON.", {"enum": ["prometheus", "json"], "default": "prometheus"}),
}
"""What may stand in a query: a description and a schema."""
