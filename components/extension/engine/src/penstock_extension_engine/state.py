"""Where an embedded engine is in its life."""

from enum import StrEnum

__all__ = ("State",)


class State(StrEnum):
    """`not_started` until the extension is started, then the others; `terminated` is the end."""

    NOT_STARTED = "not_started"
    STARTING = "starting"
    RUNNING = "running"
    RUN_ERROR = "run_error"
    SHUTTING_DOWN = "shutting_down"
    TERMINATED = "terminated"
