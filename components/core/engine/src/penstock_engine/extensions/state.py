"""What can be known of an extension from outside."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ("ExtensionState", "ExtensionStatus", "RestartPolicy")


class ExtensionState(StrEnum):
    """Where an extension is in its life. The gauge `otelcol_extension_state` shows the place in this list."""

    CREATED = "created"
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    ABANDONED = "abandoned"

    @property
    def number(self) -> int:
        """Its position, from 0."""
        return tuple(ExtensionState).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionStatus:
    """One extension now. `consumers` are the components that hold a handle of it, each once.

    `ready` is None for one that nobody waits for; `error` is the last one, also when it was recovered from.
    """

    id: str
    label: str
    state: ExtensionState
    error: str = ""
    ready: bool | None = None
    restarts: int = 0
    capabilities: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How an extension is restarted that missed its heartbeat; waits double up to `max_backoff`, in seconds.

    After `reset_after` seconds without a miss the count of restarts begins again.
    """

    max_restarts: int = 5
    initial_backoff: float = 0.25
    max_backoff: float = 30.0
    reset_after: float = 60.0

    def backoff(self, restarts: int) -> float:
        """Seconds to wait before restart number `restarts`, from 1."""
        return min(self.max_backoff, self.initial_backoff * 2.0 ** (restarts - 1))
