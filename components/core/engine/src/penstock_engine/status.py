"""Which status may follow which, and who is told."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from penstock_api import Clock, ComponentId, Kind, Status, StatusEvent
from penstock_engine.log import FieldLog

__all__ = ("Reporter", "StatusBoard")

_LOG: Final = FieldLog(logging.getLogger("penstock"), {})
_ERRORS: Final = frozenset((Status.RECOVERABLE_ERROR, Status.PERMANENT_ERROR, Status.FATAL_ERROR))
_NEXT: Final[Mapping[Status, frozenset[Status]]] = {
    Status.NONE: frozenset((Status.STARTING,)),
    Status.STARTING: _ERRORS | {Status.OK, Status.STOPPING},
    Status.OK: _ERRORS | {Status.OK, Status.STOPPING},
    Status.RECOVERABLE_ERROR: _ERRORS | {Status.OK, Status.STOPPING},
    Status.PERMANENT_ERROR: frozenset((Status.STOPPING,)),
    Status.FATAL_ERROR: frozenset(),
    Status.STOPPING: _ERRORS | {Status.STOPPED},
    Status.STOPPED: frozenset(),
}


class StatusBoard:
    """The latest status of every component of one service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest: dict[tuple[Kind, ComponentId], StatusEvent] = {}
        self._watchers: list[Callable[[StatusEvent], None]] = []

    def watch(self, watcher: Callable[[StatusEvent], None]) -> None:
        """Have `watcher` called for every change from now on."""
        self._watchers.append(watcher)

    def latest(self) -> Mapping[tuple[Kind, ComponentId], StatusEvent]:
        """A snapshot, by kind and id."""
        return dict(self._latest)

    def report(
        self, kind: Kind, name: ComponentId, pipelines: tuple[str, ...], status: Status, error: str
    ) -> bool:
        """Note a change and tell the watchers; False when the table forbids it, and then nothing happens."""
        before = self._latest.get((kind, name))
        if status not in _NEXT[before.status if before else Status.NONE]:
            return False
        if before and before.status is status and not error:
            return False
        event = StatusEvent(
            kind=kind, id=name, status=status, pipelines=pipelines, error=error, wall_ns=self._clock.wall_ns()
        )
        self._latest[kind, name] = event
        for watcher in tuple(self._watchers):
            try:
                watcher(event)
            except Exception:  # noqa: BLE001 - a defect of who looks on is not the component's
                _LOG.exception("status watcher failed")
        return True


@dataclass(frozen=True, slots=True)
class Reporter:
    """One component's way to the board: a `penstock_api.Report`."""

    board: StatusBoard
    kind: Kind
    id: ComponentId
    pipelines: tuple[str, ...] = ()

    def __call__(self, status: Status, error: str = "") -> None:
        """Report `status`."""
        self.board.report(self.kind, self.id, self.pipelines, status, error)

    @property
    def latest(self) -> Status:
        """What the board knows of the component."""
        event = self.board.latest().get((self.kind, self.id))
        return event.status if event else Status.NONE
