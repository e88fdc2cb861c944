"""The health of a component over its life."""

from dataclasses import dataclass
from enum import StrEnum

from penstock_api.ids import ComponentId, Kind

__all__ = ("Status", "StatusEvent")


class Status(StrEnum):
    """Where a component is in its life. The runtime emits all but the three errors by itself."""

    NONE = "None"
    STARTING = "Starting"
    OK = "OK"
    RECOVERABLE_ERROR = "RecoverableError"
    PERMANENT_ERROR = "PermanentError"
    FATAL_ERROR = "FatalError"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """One change of one component's status; `error` says what went wrong."""

    kind: Kind
    id: ComponentId
    status: Status
    pipelines: tuple[str, ...] = ()
    error: str = ""
    wall_ns: int = 0
